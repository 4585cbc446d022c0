"""Whose database it is, found out before anything in it is changed.

A database without a revision is a new one only if it holds nothing. One that holds something and is no
release of ours belongs to another program, whatever its tables are called.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from . import catalog, commands
from .bookkeeping import SCHEMA
from .errors import RefusedError
from .releases import RELEASES

_SHOWN = 5
#: Relations in the schema that we work in, without what extensions brought.
_RELATIONS = text("""
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND c.relname <> ALL (:ignored) AND NOT EXISTS (
          SELECT FROM pg_depend d
          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
      )
    ORDER BY c.relkind NOT IN ('r', 'p'), c.relname
""")
_ELSEWHERE = (
    "Give Ablage a database of its own (DATABASE_URL or --database-url), or a schema of its own in this one "
    "(?options=-csearch_path%3DNAME in the address, after CREATE SCHEMA NAME)"
)


class ForeignDatabaseError(RefusedError):
    """The database holds what is no release of ours; it was not changed."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a database holds.

    Attributes:
        schema: The schema that the connection works in; ``None`` if there is none.
        revisions: What ``alembic_version`` holds.
        relations: Tables, views and sequences in the schema, without those of extensions.
        remembered: Whether migrations of ours ever worked here.
    """

    schema: str | None
    revisions: tuple[str, ...]
    relations: tuple[str, ...]
    remembered: bool

    @property
    def revision(self) -> str | None:
        """The revision, if there is one."""
        return next(iter(self.revisions), None)

    @property
    def known(self) -> bool:
        """Whether every revision is one of ours."""
        ours = {step.revision for step in commands.script().walk_revisions()}
        return ours.issuperset(self.revisions)


def find(connection: Connection) -> Found:
    """Look at a database; nothing is changed."""
    schema = connection.scalar(text("SELECT current_schema()"))
    revisions: list[str] = []
    if connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL")):
        revisions = list(connection.scalars(text("SELECT version_num FROM alembic_version ORDER BY 1")))
    relations = connection.scalars(_RELATIONS, {"ignored": catalog.IGNORED_TABLES}) if schema else ()
    remembered = connection.scalar(text(f"SELECT to_regclass('{SCHEMA}.moves') IS NOT NULL"))
    return Found(schema, tuple(revisions), tuple(relations), bool(remembered))


def verify(connection: Connection, *, stamping: bool = False) -> Found:
    """Refuse a database that is not ours, before anything is changed.

    Args:
        connection: Leads to the database.
        stamping: A person says which release it is, so tables without a revision are taken when all
            tables and columns of some release are there.

    Raises:
        ForeignDatabaseError: With what was found and the way out.
    """
    found = find(connection)
    if found.schema is None:
        path = connection.scalar(text("SELECT current_setting('search_path')"))
        raise ForeignDatabaseError(
            f"There is no schema to work in: search_path is {path!r}, and none of these exists or may be "
            "used. Create the schema (CREATE SCHEMA …), or set another search_path for the role or in the "
            "address."
        )
    if len(found.revisions) > 1:
        raise ForeignDatabaseError(
            f"alembic_version holds {len(found.revisions)} revisions ({', '.join(found.revisions)}) where "
            "Ablage has one, so where the database is cannot be told; nothing was changed. If another "
            f"program keeps its revision there too: {_ELSEWHERE}. Otherwise find out which one is right "
            "(ablage-server db check --release RELEASE) and delete the other row."
        )
    if not found.known:
        raise ForeignDatabaseError(_unknown(found))
    begun_before = found.remembered and not set(found.relations) - _ours()
    if not found.revisions and found.relations and not begun_before:
        _refuse_unless_stamped(connection, found, stamping=stamping)
    return found


def _unknown(found: Found) -> str:
    revision = found.revisions[0]
    if found.remembered:
        return (
            f"The database is at revision {revision}, which this release does not know: a newer release "
            "migrated it; nothing was changed. Use the command of that release."
        )
    return (
        f"The database is at revision {revision} of another program that uses Alembic too "
        f"({_listed(found.relations)}); nothing was changed. {_ELSEWHERE}."
    )


def _refuse_unless_stamped(connection: Connection, found: Found, *, stamping: bool) -> None:
    seen = catalog.read_now(connection)
    nearest, differences = catalog.recognize(seen)
    if not differences:
        if stamping:
            return
        raise ForeignDatabaseError(
            f"The database looks exactly like release {nearest}, but has no revision; nothing was changed. "
            "To take it over: ablage-server db adopt"
        )
    if stamping and not any(d.kind in {"missing table", "missing column"} for d in differences):
        return
    listed = "".join(f"\n  - {difference}" for difference in differences[:_SHOWN])
    more = f"\n  and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
    raise ForeignDatabaseError(
        f"The database is not empty ({_listed(found.relations)}) and is no release of Ablage; nothing was "
        f"changed. The nearest release is {nearest}, except for:{listed}{more}\n{_ELSEWHERE}. If it "
        "was made for Ablage, put the differences right and run: ablage-server db adopt"
    )


def _listed(names: tuple[str, ...]) -> str:
    if not names:
        return "it holds no tables"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"it holds {', '.join(names[:_SHOWN])}{more}"


def _ours() -> set[str]:
    return {table for release in RELEASES for table in catalog.stored(release)["table"]}
