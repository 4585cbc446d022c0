"""The final sweep: rows that others wrote while the chunks were converted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg

from ._plan import BackfillError, wait_for_writers
from ._worker import converter, one_row_may_be_to_blame

if TYPE_CHECKING:
    from uuid import UUID

    from ._bookkeeping import Connection
    from ._moves import Direction, Move
    from ._throttle import Throttle

_MAX_SWEEPS = 50
_LIMIT = 10_000
_BUSY_ERRORS = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


async def sweep(
    connection: Connection, move: Move, direction: Direction, chunk: int, throttle: Throttle
) -> None:
    """Convert rows that somebody else wrote since the move began, until none needs it.

    Raises:
        BackfillError: If rows keep being written faster than they are converted.
    """
    for _ in range(_MAX_SWEEPS):
        left = await _left(connection, move, direction)
        if not left:
            return
        size = chunk
        while left:
            await throttle.wait(connection)
            batch = left[:size]
            try:
                async with connection.transaction():
                    moved = await connection.fetchval(_CONVERT, *converter(move, direction), batch)
                    await connection.execute(_RECORD, move.name, len(batch), moved)
            except _BUSY_ERRORS:
                size = max(1, size // 2)
                await asyncio.sleep(0.1)
            except asyncpg.PostgresError as error:
                if not one_row_may_be_to_blame(error) or size == 1:
                    raise
                size = max(1, size // 2)
            else:
                del left[:size]
    raise BackfillError(
        f"Rows of {move.table} keep being written in the form that the data move {move.name!r} converts. "
        "Stop the application that writes them, then run the same command again."
    )


async def _left(connection: Connection, move: Move, direction: Direction) -> list[UUID]:
    """Return keys that need converting among those that others wrote since the move began."""
    written: set[UUID] = set()
    for table, key in filter(None, ((move.table, move.key), move.also_written)):
        await wait_for_writers(connection, table)
        written.update(await connection.fetchval(_WRITTEN.format(table=table, key=key), move.name) or ())
    rows = await connection.fetch(
        f"SELECT key FROM ablage_migrations.left_{move.routine}_{direction}($1, $2::uuid[]) AS l (key) LIMIT {_LIMIT}",  # noqa: S608, E501 - names from our own code
        move.name,
        list(written),
    )
    return sorted(row["key"] for row in rows)


_CONVERT = "SELECT ablage_migrations.convert_rows($1, $2, $3, $4, $5, $6)"
#: Needs no value of the rows, so it reads a table without unpacking a single document.
_WRITTEN = """
    SELECT array_agg(DISTINCT t.{key}) FROM {table} AS t, ablage_migrations.moves AS m
    WHERE m.name = $1 AND age(t.xmin) <= age(m.first_xid::xid) AND NOT EXISTS (
        SELECT FROM (SELECT unnest(c.xids) AS xid FROM ablage_migrations.chunks AS c WHERE c.move = $1) AS own
        WHERE own.xid = t.xmin
    )
"""
_RECORD = """
    INSERT INTO ablage_migrations.chunks AS c (move, number, rows, rows_done, moved, done, xids, touched_at)
    VALUES ($1, -1, 0, $2, $3, true, ARRAY[pg_current_xact_id()::xid], clock_timestamp())
    ON CONFLICT (move, number) DO UPDATE SET rows_done = c.rows_done + $2, moved = c.moved + $3,
        xids = c.xids || excluded.xids, touched_at = clock_timestamp()
"""
