"""What happens before and after the chunks: dividing the work, guards, waiting for others."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

import asyncpg

from server_stub.migrations.errors import MigrationError

from ._bookkeeping import PLAN_LOCK

if TYPE_CHECKING:
    from ._bookkeeping import Connection
    from ._moves import Direction, Guard, Move

#: How long a trigger's lock is tried for, and how long we wait for transactions that write the table.
PATIENCE_SECONDS = 600.0


class BackfillError(MigrationError):
    """A data move could not be finished; the message says why and what to do. Nothing is lost."""


async def plan(connection: Connection, move: Move, direction: Direction, chunk: int) -> None:
    """Divide the keys into chunks, unless the move was interrupted and has them.

    An interrupted move in the other direction is turned round: what it has done is what is to be undone.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '60s'")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", PLAN_LOCK)
        before = await connection.fetchrow(
            "SELECT direction, done FROM ablage_migrations.moves WHERE name = $1", move.name
        )
        if before is not None and not before["done"]:
            if before["direction"] != direction:
                await _turn_round(connection, move, direction)
            return
        await connection.execute("DELETE FROM ablage_migrations.chunks WHERE move = $1", move.name)
        await connection.execute(_BEGIN, move.name, direction, move.version)
        await connection.execute(_PLAN.format(keys=move.keys(direction)), move.name, chunk)


async def _turn_round(connection: Connection, move: Move, direction: Direction) -> None:
    await connection.execute(_SPLIT, move.name)
    await connection.execute(_TURN_ROUND, move.name)
    await connection.execute(
        "UPDATE ablage_migrations.moves SET direction = $2, seconds = 0, started_at = now() WHERE name = $1",
        move.name,
        direction,
    )


async def prepare_guard(connection: Connection, move: Move, direction: Direction) -> None:
    """Install the trigger of a move in place, or let it convert to what this direction converts to."""
    guard = move.guard
    if guard is None:
        return
    target = guard.up if direction == "up" else guard.down
    present = await connection.fetchval(
        "SELECT tgargs FROM pg_trigger WHERE tgname = $1 AND tgrelid = $2::text::regclass",
        guard.trigger,
        move.table,
    )
    if present == target.encode() + b"\0":
        return
    await _patiently(
        connection,
        f"CREATE OR REPLACE TRIGGER {guard.trigger} "
        f"BEFORE INSERT OR UPDATE OF {guard.column} ON {move.table} "
        # Workers convert by themselves, and must be able to put back what no format allows.
        f"FOR EACH ROW WHEN (coalesce(current_setting('ablage_migrations.worker', true), '') <> 'on') "
        f"EXECUTE FUNCTION ablage_migrations.{guard.function}('{target}')",
    )


async def remove_guard(connection: Connection, move: Move, direction: Direction) -> None:
    """Take the trigger away after the last way down."""
    guard: Guard | None = move.guard
    if guard is not None and direction == "down" and not guard.stays_down:
        await _patiently(connection, f"DROP TRIGGER IF EXISTS {guard.trigger} ON {move.table}")


async def forget_deleted(connection: Connection, move: Move) -> None:
    """Let what is remembered of a row go together with the row, from before the first one is remembered."""
    for table in filter(None, (move.table, move.locks)):
        if not await connection.fetchval(_FORGETS, table):
            await _patiently(
                connection,
                f"CREATE OR REPLACE TRIGGER ablage_forget AFTER DELETE ON {table} "
                "REFERENCING OLD TABLE AS gone FOR EACH STATEMENT "
                "EXECUTE FUNCTION ablage_migrations.forget()",
            )


async def _patiently(connection: Connection, statement: str) -> None:
    """Run a statement that needs a strong lock; never let others queue behind us for long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    attempt = 0
    while True:
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '50ms'")
                await connection.execute(statement)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if time.monotonic() > deadline:
                raise BackfillError(
                    f"No lock for {statement[:60]!r} within {PATIENCE_SECONDS:.0f} s: another transaction or "
                    "an autovacuum holds the table, see pg_stat_activity. "
                    "Run the same command again: it continues."
                ) from None
            attempt += 1
            await asyncio.sleep(random.uniform(0.5, 1) * min(2.0, 0.05 * 2**attempt))  # noqa: S311 - jitter
        else:
            return


async def wait_for_writers(connection: Connection, table: str) -> None:
    """Wait until every transaction that has written the table by now is finished, without any lock.

    Rows that it wrote are invisible until then, and a trigger that was installed later did not see them.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    writing = await connection.fetchval(_WRITERS, table, None)
    while writing:
        if time.monotonic() > deadline:
            pids = await connection.fetchval(_WRITER_PIDS, writing)
            raise BackfillError(
                f"A transaction that wrote {table} has been open for {PATIENCE_SECONDS:.0f} s "
                f"(pid {pids}). End it (SELECT pg_terminate_backend(pid)) and run the same command again."
            )
        await asyncio.sleep(0.02)
        writing = await connection.fetchval(_WRITERS, table, writing)


_FORGETS = """
    SELECT EXISTS (
        SELECT FROM pg_trigger WHERE tgname = 'ablage_forget' AND tgrelid = $1::text::regclass
    )
"""
_BEGIN = """
    INSERT INTO ablage_migrations.moves (name, direction, migration_version, first_xid)
    VALUES ($1, $2, $3, pg_snapshot_xmin(pg_current_snapshot()))
    ON CONFLICT (name) DO UPDATE SET done = false, again = (moves.direction = excluded.direction),
        direction = excluded.direction,
        migration_version = excluded.migration_version, first_xid = excluded.first_xid, seconds = 0,
        started_at = now(), finished_at = NULL
"""
#: Every $2-th key ends a chunk. The first chunk begins before all keys and the last one ends after all.
_PLAN = """
    WITH numbered AS (
        SELECT key, row_number() OVER (ORDER BY key) AS position
        FROM (SELECT DISTINCT key FROM ({keys}) AS k) AS d
    ), ends AS (
        SELECT key, position FROM numbered WHERE position % $2::bigint = 0
    ), total AS (
        SELECT coalesce(max(position), 0) AS keys FROM numbered
    )
    INSERT INTO ablage_migrations.chunks (move, number, low, after, upto, rows)
    SELECT $1, number, low, low, upto, keys FROM (
        SELECT position / $2::bigint - 1 AS number, lag(key) OVER (ORDER BY position) AS low, key AS upto,
            $2::bigint AS keys FROM ends
        UNION ALL
        SELECT keys / $2::bigint, (SELECT key FROM ends ORDER BY position DESC LIMIT 1), NULL,
            keys % $2::bigint FROM total
    ) AS chunks
"""
#: A chunk that was begun becomes two: what is done, and what nobody has looked at.
_SPLIT = """
    WITH begun AS (
        SELECT * FROM ablage_migrations.chunks
        WHERE move = $1 AND number >= 0 AND NOT done AND after IS DISTINCT FROM low
    ), rest AS (
        INSERT INTO ablage_migrations.chunks (move, number, low, after, upto, rows)
        SELECT move, (SELECT max(number) FROM ablage_migrations.chunks WHERE move = $1)
            + row_number() OVER (ORDER BY number), after, after, upto, greatest(rows - rows_done, 0)
        FROM begun
    )
    UPDATE ablage_migrations.chunks AS c SET upto = c.after, rows = c.rows_done, done = true
    FROM begun WHERE c.move = begun.move AND c.number = begun.number
"""
#: What nobody has begun needs no undoing.
_TURN_ROUND = """
    UPDATE ablage_migrations.chunks SET done = NOT done, after = low, rows_done = 0, moved = 0, xids = '{}'
    WHERE move = $1 AND number >= 0
"""
_WRITERS = """
    SELECT array_agg(DISTINCT virtualtransaction) FROM pg_locks
    WHERE locktype = 'relation' AND relation = $1::text::regclass AND granted AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        AND ($2::text[] IS NULL OR virtualtransaction = ANY ($2))
"""
_WRITER_PIDS = "SELECT string_agg(DISTINCT pid::text, ', ') FROM pg_locks WHERE virtualtransaction = ANY ($1)"
