"""Put one set of tables in the place of another, in the last moment of a transaction."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

import asyncpg

from server_stub.operations.dump.contents import OWN_SCHEMAS
from server_stub.operations.dump.errors import DumpError

if TYPE_CHECKING:
    from collections.abc import Collection

    from server_stub.operations.dump.contents import Live
    from server_stub.operations.dump.session import Connection

#: Milliseconds for which others wait behind the locks that the exchange waits for, and seconds between tries.
_LOCKS_WITHIN_MS = 80
_PAUSE_S = (0.2, 0.6)

_IN_THE_WAY = """
    SELECT DISTINCT a.pid, coalesce(nullif(a.application_name, ''), 'a session without a name') AS name,
           a.usename, round(extract(epoch FROM now() - a.xact_start)) AS seconds
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.relation = ANY($1::oid[]) AND l.granted AND l.pid <> ALL($2::int[])
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY 4 DESC NULLS LAST LIMIT 5
"""
_OWNERS_AND_GRANTS = """
    WITH pairs AS (
        SELECT n.oid AS new, o.oid AS old, n.relkind, n.oid::regclass::text AS name, o.relacl AS acl,
               o.relowner AS owner, n.relowner <> o.relowner AS moved
        FROM pg_class n JOIN pg_namespace ns ON ns.oid = n.relnamespace
        JOIN unnest($1::text[], $2::text[]) AS s(coming, live) ON s.coming = ns.nspname
        JOIN pg_namespace os ON os.nspname = s.live
        JOIN pg_class o ON o.relname = n.relname AND o.relnamespace = os.oid AND o.relkind = n.relkind
        WHERE n.relkind IN ('r', 'p', 'S')
    ), functions AS (
        SELECT n.oid::regprocedure::text AS name, o.proacl AS acl, o.proowner AS owner,
               n.proowner <> o.proowner AS moved
        FROM pg_proc n JOIN pg_namespace ns ON ns.oid = n.pronamespace
        JOIN unnest($1::text[], $2::text[]) AS s(coming, live) ON s.coming = ns.nspname
        JOIN pg_namespace os ON os.nspname = s.live
        JOIN pg_proc o ON o.pronamespace = os.oid AND o.proname = n.proname
            -- By what it prints: types of the schema itself are others on each side.
            AND replace(pg_get_function_identity_arguments(o.oid), quote_ident(s.live) || '.', '')
              = replace(pg_get_function_identity_arguments(n.oid), quote_ident(s.coming) || '.', '')
    ), schemas AS (
        SELECT quote_ident(s.coming) AS name, o.nspacl AS acl, o.nspowner AS owner,
               n.nspowner <> o.nspowner AS moved
        FROM unnest($1::text[], $2::text[]) AS s(coming, live)
        JOIN pg_namespace o ON o.nspname = s.live JOIN pg_namespace n ON n.nspname = s.coming
        WHERE s.live = ANY($3)
    )
    SELECT 0 AS step, format('ALTER %s %s OWNER TO %s',
        CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, name, owner::regrole) AS statement
    FROM pairs WHERE moved AND (relkind <> 'S' OR NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = pairs.new
            AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))
    UNION ALL SELECT 0, format('ALTER ROUTINE %s OWNER TO %s', name, owner::regrole)
        FROM functions WHERE moved
    UNION ALL SELECT 2, format('ALTER SCHEMA %s OWNER TO %s', name, owner::regrole) FROM schemas WHERE moved
    UNION ALL SELECT 1, format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', name)
        FROM functions WHERE acl IS NOT NULL
    UNION ALL SELECT 3, format('GRANT %s ON %s %s TO %s%s', a.privilege_type, kind, name,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
        CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM (
        SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, name, acl, owner FROM pairs
        UNION ALL SELECT 'ROUTINE', name, acl, owner FROM functions
        UNION ALL SELECT 'SCHEMA', name, acl, owner FROM schemas
    ) AS things CROSS JOIN LATERAL aclexplode(acl) AS a WHERE a.grantee <> owner
    UNION ALL SELECT 3, format('GRANT %s (%I) ON TABLE %s TO %s%s', a.privilege_type, c.attname, name,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
        CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pairs JOIN pg_attribute c ON c.attrelid = pairs.old AND c.attacl IS NOT NULL AND NOT c.attisdropped
    JOIN pg_attribute there ON there.attrelid = pairs.new AND there.attname = c.attname
    CROSS JOIN LATERAL aclexplode(c.attacl) AS a
    ORDER BY 1
"""


def quoted(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


async def rename(connection: Connection, schema: str, to: str) -> None:
    """Rename a schema. Nobody waits for that, and nobody sees it before the transaction ends."""
    await connection.execute(f"ALTER SCHEMA {quoted(schema)} RENAME TO {quoted(to)}")


async def carry_rights(connection: Connection, live: Live, coming: str) -> None:
    """Give what comes the owners and the rights of what it replaces, so that applications go on."""
    pairs = {coming: live.schema, **{coming + OWN_SCHEMAS[own]: own for own in live.own_schemas}}
    found = await connection.fetch(_OWNERS_AND_GRANTS, [*pairs], [*pairs.values()], [*OWN_SCHEMAS])
    for row in found:
        await connection.execute(row["statement"])


async def exchange(
    connection: Connection, other: Connection, live: Live, *, coming: str, leaving: str, patience: float
) -> None:
    """Move the live tables to a schema of their own, and others to their place.

    Args:
        connection: In a transaction, which must be committed at once afterwards.
        other: Another connection, to see who is in the way.
        live: What is live.
        coming: The schema of the tables that come; those of the queue and of migrations have an ending each.
        leaving: What the schema with the live ones shall be called.
        patience: Seconds to try for the locks.

    Raises:
        DumpError: If other transactions leave no room for it.
    """
    assert live.schema is not None  # noqa: S101 - there is something to exchange
    main = quoted(live.schema)
    arriving = [
        str(row["relname"])
        for row in await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p')",
            quoted(coming),
        )
    ]
    await connection.execute(f"CREATE SCHEMA {quoted(leaving)}")
    # So that the commit has little left to write.
    await other.execute("SELECT pg_current_xact_id()")
    await _lock(connection, other, live.relations, patience)
    moves = [f"ALTER TABLE {main}.{quoted(name)} SET SCHEMA {quoted(leaving)};" for name in live.tables]
    moves += [f"ALTER TABLE {quoted(coming)}.{quoted(name)} SET SCHEMA {main};" for name in arriving]
    await connection.execute("".join(moves))
    for own, ending in OWN_SCHEMAS.items():
        if own in live.own_schemas:
            await rename(connection, own, leaving + ending)
        if await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", quoted(coming + ending)):
            await rename(connection, coming + ending, own)
    await connection.execute(f"DROP SCHEMA {quoted(coming)}")


async def _lock(
    connection: Connection, other: Connection, relations: dict[int, str], patience: float
) -> None:
    """Lock all tables at once, so that no transaction sees half of each; give way again and again."""
    names = await connection.fetch(
        "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY($1::oid[]) ORDER BY c.oid",
        [*relations],
    )
    statement = f"LOCK TABLE {', '.join(row['name'] for row in names)} IN ACCESS EXCLUSIVE MODE"
    mine = [connection.get_server_pid(), other.get_server_pid()]
    deadline = time.monotonic() + patience
    while True:
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL statement_timeout = {_LOCKS_WITHIN_MS}")
                await connection.execute(statement)
                await connection.execute("SET LOCAL statement_timeout = 0")
        except (asyncpg.QueryCanceledError, asyncpg.DeadlockDetectedError):
            if time.monotonic() > deadline:
                raise DumpError(await _who(other, relations, mine, patience)) from None
            await asyncio.sleep(random.uniform(*_PAUSE_S))  # noqa: S311 - jitter, no secret
        else:
            return


async def _who(other: Connection, relations: Collection[int], mine: list[int], patience: float) -> str:
    found = [
        f"{row['name']} of {row['usename']} (database process {row['pid']}, since {row['seconds'] or 0} s)"
        for row in await other.fetch(_IN_THE_WAY, [*relations], mine)
    ]
    return (
        f"for {patience:.0f} s transactions left no room to exchange the tables: "
        f"{', '.join(found) or 'they have just ended'}. End them, or stop the servers, and run it again."
    )
