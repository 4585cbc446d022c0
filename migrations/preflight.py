"""What must be true of the role and the database before the first statement of a migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from . import catalog
from .bookkeeping import SCHEMA
from .errors import RefusedError
from .releases import RELEASES

if TYPE_CHECKING:
    from collections.abc import Collection

_READ_ONLY = text("SELECT pg_is_in_recovery(), current_setting('transaction_read_only')::boolean")
_RIGHTS = text("""
    SELECT current_user, quote_ident(current_schema()), quote_ident(current_database()),
           has_schema_privilege(current_schema(), 'CREATE'),
           CASE WHEN to_regnamespace(:schema) IS NULL
                THEN has_database_privilege(current_database(), 'CREATE')
                ELSE has_schema_privilege(:schema, 'CREATE') END
""")
_OWNERS = text("""
    SELECT c.relname, pg_get_userbyid(c.relowner) FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
      AND (c.relname = ANY (:tables) OR c.relname = 'alembic_version')
      AND NOT pg_has_role(c.relowner, 'USAGE')
    ORDER BY 1
""")
_FILTERED = text("""
    SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.rolname = current_user
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (:tables)
      AND c.relrowsecurity AND c.relforcerowsecurity AND NOT r.rolbypassrls AND NOT r.rolsuper
    ORDER BY 1
""")
_PROTECTED = text(
    "SELECT coalesce((SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass(:table)), false)"
)
#: Revision that copies rows → the table they are in, and where they are copied to.
_COPIES = {"c3d4e5f6a7b8": ("users", "user_roles"), "a9b0c1d2e3f4": ("ocr_results", "documents")}


def verify(connection: Connection) -> None:
    """Refuse a database that cannot be migrated as this role; nothing is changed.

    Raises:
        RefusedError: With the statement that helps.
    """
    standby, read_only = connection.execute(_READ_ONLY).one()
    if standby:
        raise RefusedError("The database is a standby, which takes no writes. Connect to its primary.")
    if read_only:
        raise RefusedError(
            "The database takes no writes: default_transaction_read_only is on for the role, the database or "
            "the server. Turn it off for the role that migrates: ALTER ROLE … SET "
            "default_transaction_read_only = off."
        )
    role, schema, database, tables_allowed, schema_allowed = connection.execute(
        _RIGHTS, {"schema": SCHEMA}
    ).one()
    ours = sorted({table for release in RELEASES for table in catalog.stored(release)["table"]})
    owners = connection.execute(_OWNERS, {"tables": ours}).all()
    if owners:
        named = ", ".join(f"{table} (owner {owner})" for table, owner in owners)
        raise RefusedError(
            f"The database does not allow it: the role {role} does not own {named}. Migrations need the role "
            f"that owns the tables, or a member of it: GRANT {owners[0][1]} TO {role}."
        )
    if not tables_allowed:
        raise RefusedError(
            f"The role {role} may not create tables in {schema}. "
            f"Run as its owner: GRANT CREATE ON SCHEMA {schema} TO {role}"
        )
    if not schema_allowed:
        raise RefusedError(
            f"The role {role} may not create what migrations keep in the schema {SCHEMA}. "
            f"Run as an administrator: GRANT CREATE ON DATABASE {database} TO {role}"
        )
    filtered = list(connection.scalars(_FILTERED, {"tables": ours}))
    if filtered:
        raise RefusedError(
            f"Row-level security is forced on {', '.join(filtered)}, so the role {role} would move only a "
            f"part of the rows. Run: ALTER ROLE {role} BYPASSRLS "
            "(or ALTER TABLE … NO FORCE ROW LEVEL SECURITY)."
        )


def verify_policies(connection: Connection, revisions: Collection[str]) -> None:
    """Refuse to copy rows out of the reach of the policies that protect them.

    Raises:
        RefusedError: With both tables.
    """
    for revision, (source, target) in _COPIES.items():
        if revision not in revisions:
            continue
        if connection.scalar(_PROTECTED, {"table": source}) and not connection.scalar(
            _PROTECTED, {"table": target}
        ):
            raise RefusedError(
                f"Row-level security protects {source}, and what it protects is copied to {target}, where it "
                f"would not. Nothing was changed. Write policies for {target}, run ALTER TABLE {source} "
                "DISABLE ROW LEVEL SECURITY for the upgrade, and turn it on for both afterwards."
            )
