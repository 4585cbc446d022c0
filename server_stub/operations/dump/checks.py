"""What is looked at before a restore begins. Nothing here changes anything."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from server_stub.operations.dump.errors import DumpError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server_stub.operations.dump.contents import Live
    from server_stub.operations.dump.session import Connection

_UNCHANGED = "Nothing was changed."
#: More than the tables took: the log of the restore stands beside them for a while.
_ROOM = 1.5

#: What is attached to these tables and schemas, or made of them, and is none of Ablage's.
_DEPENDENTS = """
    WITH spaces AS (
        SELECT oid FROM pg_namespace WHERE nspname = ANY($2)
    ), ours AS (
        SELECT oid FROM pg_class WHERE oid = ANY($1::oid[]) OR relnamespace IN (SELECT oid FROM spaces)
    ), wanted AS (
        SELECT 'pg_class'::regclass AS class, oid FROM ours
        UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_type t
            WHERE t.typrelid IN (SELECT oid FROM ours) OR t.typnamespace IN (SELECT oid FROM spaces)
        UNION ALL SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p
            WHERE p.pronamespace IN (SELECT oid FROM spaces)
    )
    SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) AS name
    FROM wanted w JOIN pg_depend d ON d.refclassid = w.class AND d.refobjid = w.oid
    LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
    LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
    LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
    LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
    LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
    LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
    LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
    WHERE d.deptype NOT IN ('i', 'e')
      AND NOT coalesce(c.relkind IN ('S', 't'), false)
      AND NOT coalesce(g.tgisinternal OR (g.tgrelid IN (SELECT oid FROM ours) AND (
            g.tgname LIKE 'ablage\\_%'
            OR (SELECT relnamespace FROM pg_class WHERE oid = g.tgrelid) IN (SELECT oid FROM spaces))), false)
      AND NOT coalesce(p.pronamespace IN (SELECT oid FROM spaces), false)
      AND NOT coalesce(t.typnamespace IN (SELECT oid FROM spaces)
            OR t.typrelid IN (SELECT oid FROM ours), false)
      AND coalesce(i.indrelid, c.oid, a.adrelid, k.conrelid, 0) NOT IN (SELECT oid FROM ours)
    ORDER BY 1
"""


async def server(connection: Connection) -> str:
    """Refuse a server that takes no changes; return its version otherwise."""
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        raise DumpError(f"This is a standby, which takes no changes: name the primary. {_UNCHANGED}")
    if await connection.fetchval("SHOW default_transaction_read_only") == "on":
        raise DumpError(
            "The database is set to read-only (default_transaction_read_only = on). If that is not meant for "
            f"this role: ALTER ROLE … SET default_transaction_read_only = off. {_UNCHANGED}"
        )
    return str(await connection.fetchval("SHOW server_version"))


async def in_the_way(connection: Connection, live: Live) -> None:
    """Refuse while something of another program holds on to the tables that would be exchanged."""
    found = await connection.fetch(_DEPENDENTS, [*live.relations], [*live.own_schemas])
    if names := [str(row["name"]) for row in found]:
        raise DumpError(
            f"Other programs hold on to Ablage's tables: {_listed(names)}. Drop them and make them again "
            "afterwards, or restore into an empty database and point the servers to it. " + _UNCHANGED
        )


async def may_exchange(connection: Connection, live: Live) -> None:
    """Refuse a role that could not exchange the tables."""
    missing = [
        f"the ownership of {row['name']} (it is {row['owner']}'s)"
        for row in await connection.fetch(
            "SELECT oid::regclass::text AS name, relowner::regrole::text AS owner FROM pg_class "
            "WHERE oid = ANY($1::oid[]) AND NOT pg_has_role(relowner, 'USAGE') UNION ALL "
            "SELECT 'schema ' || nspname, nspowner::regrole::text FROM pg_namespace "
            "WHERE nspname = ANY($2) AND NOT pg_has_role(nspowner, 'USAGE')",
            [*live.relations],
            [live.schema, *live.own_schemas],
        )
    ]
    if not await connection.fetchval("SELECT has_database_privilege(current_database(), 'CREATE')"):
        missing.append("the right to create schemas (GRANT CREATE ON DATABASE)")
    await _refuse_without(connection, missing)


async def may_create(connection: Connection, schemas: Iterable[str]) -> None:
    """Refuse a role that could not make the tables of a backup in a database without any."""
    missing = []
    for name in sorted(schemas):
        found = await connection.fetchval("SELECT oid FROM pg_namespace WHERE nspname = $1", name)
        if found is None:
            if not await connection.fetchval("SELECT has_database_privilege(current_database(), 'CREATE')"):
                missing.append(f"the right to create the schema {name} (GRANT CREATE ON DATABASE)")
        elif not await connection.fetchval("SELECT has_schema_privilege($1::oid, 'CREATE')", found):
            missing.append(f"the right to create tables in the schema {name} (GRANT CREATE ON SCHEMA)")
    await _refuse_without(connection, missing)


async def _refuse_without(connection: Connection, missing: list[str]) -> None:
    if missing:
        role = await connection.fetchval("SELECT current_user")
        raise DumpError(
            f"The role {role} lacks {_listed(missing)}. Restore under the role that owns them, or into an "
            f"empty database. {_UNCHANGED}"
        )


async def room(connection: Connection, size: int) -> None:
    """Refuse when the disk is too full, where that can be seen: PostgreSQL runs on this machine.

    Args:
        connection: To the database.
        size: Bytes that the tables took when the backup was made.
    """
    local = await connection.fetchval(
        "SELECT inet_server_addr() IS NULL AND pg_has_role('pg_read_all_settings', 'USAGE')"
    )
    directory = Path(await connection.fetchval("SHOW data_directory")) if local else None
    try:
        free = shutil.disk_usage(directory).free if directory else None
    except OSError:
        return
    if free is not None and free < size * _ROOM:
        raise DumpError(
            f"There is not enough room in {directory}: {free >> 20} MiB are free, and the restored tables "
            f"take about {int(size * _ROOM) >> 20} MiB beside the live ones. {_UNCHANGED}"
        )


def _listed(names: list[str], at_most: int = 20) -> str:
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more
