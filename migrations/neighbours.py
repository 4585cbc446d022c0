"""What other programs have made that needs a column or table which a revision drops.

PostgreSQL refuses to drop a column that a view needs, after everything before it is done, and drops foreign
indexes, statistics and constraints on it without a word. So they are looked for before the first statement,
and again before each step.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from . import catalog
from .errors import MigrationError, RefusedError
from .releases import RELEASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Leaving:
    """A column, or a whole table, that a revision drops or puts aside.

    Attributes:
        table: The table.
        column: The column; empty for the table.
        instead: What to read instead, in SQL or in words.
        moves_to: The column that holds the same with the same type, to which plain views can be moved.
    """

    table: str
    column: str
    instead: str
    moves_to: str = ""

    @property
    def place(self) -> str:
        """The name for people."""
        return f"{self.table}.{self.column}" if self.column else self.table


_PRIMARY_ROLE = (
    "(SELECT r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE ur.user_id = users.id "
    "ORDER BY array_position(ARRAY['admin', 'user', 'viewer'], r.name::text) LIMIT 1)"
)
_NOTHING = "nothing: the older release has no place for it, so drop it or leave it out"

#: Revision → what it drops on the way up.
UP: Mapping[str, tuple[Leaving, ...]] = {
    "2b3c4d5e6f7a": (Leaving("documents", "ocr_text", "documents.extracted_text", "extracted_text"),),
    "3c4d5e6f7a8b": (
        Leaving(
            "documents",
            "confidence_score",
            "documents.confidence_score_decimal::float8, which follows when the column gets its new name",
        ),
    ),
    "4d5e6f7a8b9c": (Leaving("ocr_results", "", "documents.ocr_result"),),
    "5e6f7a8b9c0d": (Leaving("users", "role", _PRIMARY_ROLE),),
}
#: Revision → what it drops on the way down. Tables that are put aside keep what depends on them.
DOWN: Mapping[str, tuple[Leaving, ...]] = {
    "f6e5d4c3b2a1": tuple(
        Leaving(table, "", _NOTHING)
        for table in (
            "notification_deliveries",
            "notification_events",
            "ocr_results",
            "documents",
            "api_keys",
            "users",
        )
    ),
    "a1b2c3d4e5f6": (Leaving("documents", "confidence_score", _NOTHING),),
    "d4e5f6a7b8c9": (Leaving("documents", "ocr_backend", _NOTHING),),
    "e5f6a7b8c9d0": (Leaving("documents", "language", _NOTHING),),
    "f6a7b8c9d0e1": (Leaving("documents", "document_type", _NOTHING),),
    "a7b8c9d0e1f2": (Leaving("documents", "status", _NOTHING),),
    "d6e7f8a9b0c1": (Leaving("documents", "extracted_text", "documents.ocr_text", "ocr_text"),),
    "e7f8a9b0c1d2": (Leaving("documents", "confidence_score_decimal", "documents.confidence_score"),),
    "c1d2e3f4a5b6": (Leaving("documents", "page_count", _NOTHING),),
    "d2e3f4a5b6c7": (Leaving("documents", "sha256", _NOTHING),),
    "e3f4a5b6c7d8": (Leaving("documents", "error_code", _NOTHING),),
    "a5b6c7d8e9f0": (Leaving("notification_events", "dispatched_at", _NOTHING),),
    "b6c7d8e9f0a1": tuple(
        Leaving("notification_deliveries", column, _NOTHING)
        for column in ("webhook_id", "next_attempt_at", "response_status")
    ),
}


@dataclass(frozen=True, slots=True)
class Dependent:
    """Something of another program's that is in the way.

    Attributes:
        kind: ``view``, ``materialized view``, ``publication``, ``index``, …
        schema: Where it is; ``None`` for what is in no schema.
        name: Its name; with the table's, where names are unique only within one.
        owner: The role that owns it.
        column: What it needs: ``documents.ocr_text``, or a table.
        instead: What it can use instead.
        moves_to: The column that `--move-views` moves it to; empty if that cannot be done.
    """

    kind: str
    schema: str | None
    name: str
    owner: str
    column: str
    instead: str
    moves_to: str = ""

    def __str__(self) -> str:
        where = f"{self.schema}.{self.name}" if self.schema else self.name
        return f"{self.kind} {where} (owner {self.owner}) needs {self.column}; use instead: {self.instead}"

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return asdict(self)


class DependentsError(MigrationError):
    """Something of another program's needs what a step would drop.

    Attributes:
        dependents: What is in the way.
    """

    def __init__(self, message: str, dependents: tuple[Dependent, ...]) -> None:
        super().__init__(message)
        self.dependents = dependents


class InTheWayError(DependentsError, RefusedError):
    """The same, found before anything was changed."""


def leaving(revisions: Iterable[str], *, down: bool) -> list[Leaving]:
    """Return what a row of revisions drops, by the names that the columns have before the first of them."""
    steps = list(revisions)
    found = [place for revision in steps for place in (DOWN if down else UP).get(revision, ())]
    if not down or "3c4d5e6f7a8b" not in steps:
        return found
    # On the way down the decimal has the float's name until then, and the float does not exist yet.
    renamed = {"confidence_score_decimal": "confidence_score"}
    return [
        Leaving(place.table, renamed.get(place.column, place.column), place.instead, place.moves_to)
        for place in found
        if place.column != "confidence_score"
    ]


def find(connection: Connection, places: Iterable[Leaving]) -> list[Dependent]:
    """Return what of other programs' needs one of these columns or tables; nothing is changed."""
    return [dependent for place in places for dependent in _of(connection, place)]


def _of(connection: Connection, place: Leaving) -> list[Dependent]:
    rows = connection.execute(
        _DEPENDENTS, {"table": place.table, "column": place.column, "ours": _ours(place.table)}
    )
    return [
        Dependent(kind, schema, name, owner, place.place, place.instead, place.moves_to * movable)
        for kind, schema, name, owner, movable in rows
    ]


def refuse(found: list[Dependent], *, moving: bool, revision: str | None = None) -> None:
    """Refuse to go on because of what is in the way.

    Args:
        found: What `find` found.
        moving: Whether plain views are moved, so that they are not in the way.
        revision: The revision that was about to begin; without, nothing was begun.

    Raises:
        DependentsError: With each one's name.
    """
    rest = tuple(one for one in found if not (moving and one.moves_to))
    if not rest:
        return
    listed = "".join(f"\n  - {one}" for one in rest)
    views = any(one.moves_to for one in rest)
    helps = " Plain views are moved to the new column with --move-views." if views else ""
    what = f"needed by what other programs made in this database:{listed}\n"
    what += f"Change or drop these, then run the same command again.{helps}"
    if revision is None:
        raise InTheWayError(f"Nothing was changed. What would be dropped is {what}", rest)
    raise DependentsError(
        f"It goes no further than before revision {revision}. What it drops is {what}", rest
    )


def _ours(table: str) -> list[str]:
    """Return the names of indexes and constraints that some release has on a table."""
    names: set[str] = set()
    for release in RELEASES:
        stored = catalog.stored(release)
        names |= {name for name, index in stored["index"].items() if index["table"] == table}
        names |= {name.partition(".")[2] for name in stored["constraint"]}
    return sorted(names | set(_BETWEEN_RELEASES))


#: Names that exist only while a step is under way.
_BETWEEN_RELEASES = (
    "ix_documents_confidence_score_float",
    "documents_status_present",
)

_DEPENDENTS = text("""
    WITH place AS (
        SELECT c.oid AS rel, coalesce(a.attnum, 0) AS att
        FROM pg_class c LEFT JOIN pg_attribute a
            ON a.attrelid = c.oid AND a.attname = :column AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.oid = to_regclass(:table) AND (:column = '' OR a.attnum IS NOT NULL)
    ), direct AS (
        SELECT d.classid, d.objid, d.objsubid, p.rel, p.att
        FROM pg_depend d JOIN place p ON d.refobjid = p.rel AND (p.att = 0 OR d.refobjsubid = p.att)
        WHERE d.refclassid = 'pg_class'::regclass
    ), found AS (
        SELECT CASE WHEN r.rulename <> '_RETURN' THEN 'rule' WHEN v.relkind = 'm' THEN 'materialized view'
                    ELSE 'view' END AS kind,
               v.relnamespace AS space, CASE WHEN r.rulename <> '_RETURN' THEN v.relname || '.' || r.rulename
                    ELSE v.relname END AS name, v.relowner AS owner,
               v.relkind = 'v' AND r.rulename = '_RETURN' AND pg_has_role(v.relowner, 'USAGE') AS movable
        FROM direct d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
        JOIN pg_class v ON v.oid = r.ev_class WHERE d.att > 0 OR v.oid <> d.rel
      UNION
        SELECT 'policy', c.relnamespace, c.relname || '.' || p.polname, c.relowner, false
        FROM direct d JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
        JOIN pg_class c ON c.oid = p.polrelid
      UNION
        SELECT 'publication', NULL, p.pubname, p.pubowner, false
        FROM direct d JOIN pg_publication_rel r ON d.classid = 'pg_publication_rel'::regclass
            AND r.oid = d.objid JOIN pg_publication p ON p.oid = r.prpubid
      UNION
        SELECT 'trigger', c.relnamespace, c.relname || '.' || t.tgname, c.relowner, false
        FROM place d JOIN pg_trigger t ON NOT t.tgisinternal AND t.tgrelid = d.rel
        JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
        WHERE f.pronamespace <> coalesce(to_regnamespace('ablage_migrations')::oid, 0) AND (
            EXISTS (SELECT FROM direct x WHERE x.classid = 'pg_trigger'::regclass AND x.objid = t.oid)
            OR (:column <> '' AND f.prosrc ~ ('\\m' || :column || '\\M')))
      UNION
        SELECT 'generated column', c.relnamespace, c.relname || '.' || a.attname, c.relowner, false
        FROM direct d JOIN pg_attrdef e ON d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid
        JOIN pg_class c ON c.oid = e.adrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = e.adnum
        WHERE NOT (c.oid = d.rel AND (d.att = 0 OR e.adnum = d.att))
      UNION
        SELECT CASE k.contype WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check constraint'
                    WHEN 'u' THEN 'unique constraint' ELSE 'constraint' END,
               c.relnamespace, c.relname || '.' || k.conname, c.relowner, false
        FROM direct d JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
        JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.contype <> 'n' AND k.conname <> ALL (:ours) AND NOT (d.att = 0 AND c.oid = d.rel)
      UNION
        SELECT CASE WHEN c.relkind = 'S' THEN 'sequence' ELSE 'index' END, c.relnamespace, c.relname,
               c.relowner, false
        FROM direct d JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
        WHERE c.relkind IN ('i', 'I', 'S') AND c.relname <> ALL (:ours) AND d.att > 0
      UNION
        SELECT 'statistics', s.stxnamespace, s.stxname, s.stxowner, false
        FROM direct d JOIN pg_statistic_ext s ON d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid
        WHERE d.att > 0
      UNION
        SELECT 'function', f.pronamespace, f.proname, f.proowner, false
        FROM direct d JOIN pg_proc f ON d.classid = 'pg_proc'::regclass AND f.oid = d.objid
      UNION
        SELECT 'inheriting table', c.relnamespace, c.relname, c.relowner, false
        FROM place d JOIN pg_inherits i ON i.inhparent = d.rel JOIN pg_class c ON c.oid = i.inhrelid
    )
    SELECT f.kind, n.nspname, f.name, pg_get_userbyid(f.owner), bool_or(f.movable)
    FROM found f LEFT JOIN pg_namespace n ON n.oid = f.space
    GROUP BY f.kind, n.nspname, f.name, f.owner ORDER BY 1, 2, 3
""")
