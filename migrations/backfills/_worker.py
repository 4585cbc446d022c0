"""A worker claims a chunk, converts it and records it, all in one transaction."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import TYPE_CHECKING

import asyncpg

from ._metrics import ERROR

if TYPE_CHECKING:
    from uuid import UUID

    from ._bookkeeping import Connection
    from ._moves import Direction, Move
    from ._throttle import Throttle

log = logging.getLogger("ablage.migrations")

#: How long a transaction of a worker should take: nobody who wants one of its rows waits much longer.
GOAL_SECONDS = 0.05
_SMALLEST_CHUNK = 10
_FIRST_CHUNK = 50
_LONGEST_REST = 2.0
_BUSY_ERRORS = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
#: Classes of SQLSTATE that one row can be to blame for: bad data, a constraint, a limit, a trigger's RAISE.
_ROW_ERROR_CLASSES = frozenset({"22", "23", "54", "P0"})


def one_row_may_be_to_blame(error: asyncpg.PostgresError) -> bool:
    """Tell whether an error can come from the contents of one row."""
    return (error.sqlstate or "")[:2] in _ROW_ERROR_CLASSES


class Converter:
    """Converts rows of a move by their keys, inside the caller's transaction."""

    def __init__(self, connection: Connection, move: Move, direction: Direction) -> None:
        self.connection = connection
        self.move = move
        self.direction = direction
        # Names in statements are from our own code; values are always parameters.
        self._lock = (
            f"SELECT count(*) FROM (SELECT FROM {move.locks or move.table} WHERE id = ANY ($1::uuid[]) "  # noqa: S608 - names from our own code
            f"ORDER BY id FOR {move.strength}) AS locked"
        )
        self._convert = f"SELECT * FROM ablage_migrations.move_{move.routine}_{direction}($1, $2::uuid[])"  # noqa: S608 - names from our own code

    async def convert(self, keys: list[UUID]) -> int:
        """Lock and convert rows; return how many changed. A single row that fails is set aside."""
        if not keys:
            return 0
        await self.connection.fetchval(self._lock, keys)
        if len(keys) > 1:
            return await self._call(keys)
        try:
            async with self.connection.transaction():  # a savepoint: the chunk's record must survive
                return await self._call(keys)
        except asyncpg.PostgresError as error:
            if not one_row_may_be_to_blame(error):
                raise
            reason = f"{error.sqlstate}: {error}"
            await self.connection.execute(
                _QUARANTINE, self.move.name, keys[0], self.move.table, self.direction, reason
            )
            log.warning("%s: row %s set aside: %s", self.move.name, keys[0], reason)
            return 0

    async def _call(self, keys: list[UUID]) -> int:
        moved: int = await self.connection.fetchval(self._convert, self.move.name, keys)
        return moved


class Worker:
    """Converts chunks until none is left."""

    def __init__(
        self, connection: Connection, move: Move, direction: Direction, chunk: int, throttle: Throttle
    ) -> None:
        self.connection = connection
        self.move = move
        self.chunk = chunk
        self.throttle = throttle
        self.converter = Converter(connection, move, direction)
        self._keys = f"SELECT DISTINCT key FROM ({move.keys(direction)}) AS k"  # noqa: S608 - names from our own code
        self._size = min(chunk, _FIRST_CHUNK)
        self._at: int | None = None
        self._failures = 0

    async def work(self) -> None:
        """Convert chunks until all are done, by us or by others."""
        while True:
            await self.throttle.wait(self.connection)
            started = time.monotonic()
            try:
                done = await self._next_chunk()
            except _BUSY_ERRORS as error:
                await self._come_back_later(error)
            except asyncpg.PostgresError as error:
                if not one_row_may_be_to_blame(error) or self._size == 1:
                    raise
                self._size = max(1, self._size // 2)  # halve until the row stands alone
            else:
                if done is None:
                    if await self.connection.fetchval(_NONE_OPEN, self.move.name):
                        return
                    await asyncio.sleep(0.05)  # others are at the last ones; should they die, we take over
                else:
                    self._failures = 0
                    self._adapt(done, time.monotonic() - started)

    async def _next_chunk(self) -> int | None:
        """Convert part of a chunk that nobody else is at; ``None`` if there is none to claim."""
        self._at = None
        async with self.connection.transaction():
            claimed = await self.connection.fetchrow(_CLAIM, self.move.name)
            if claimed is None:
                return None
            self._at = claimed["number"]
            after, upto = claimed["after"], claimed["upto"]
            keys = await self._read_keys(after, upto)
            moved = await self.converter.convert(keys)
            finished = len(keys) < self._size or keys[-1] == upto
            await self.connection.execute(
                _RECORD, self.move.name, self._at, finished, keys[-1] if keys else after, len(keys), moved
            )
        return len(keys)

    async def _read_keys(self, after: UUID | None, upto: UUID | None) -> list[UUID]:
        # No "key > $2 OR $2 IS NULL": a plan that serves both reads the index from its beginning.
        ends = [(sign, end) for sign, end in ((">", after), ("<=", upto)) if end is not None]
        where = " AND ".join(f"key {sign} ${number}" for number, (sign, _) in enumerate(ends, 2))
        rows = await self.connection.fetch(
            f"{self._keys} {where and 'WHERE ' + where} ORDER BY key LIMIT $1",
            self._size,
            *(end for _, end in ends),
        )
        return [row["key"] for row in rows]

    def _adapt(self, done: int, seconds: float) -> None:
        """Choose the next size so that a transaction takes about `GOAL_SECONDS`."""
        if done < min(self._size, _SMALLEST_CHUNK):
            return  # the end of a chunk: too little to learn from
        fitting = done * GOAL_SECONDS / max(seconds, 1e-4)
        # Down at once, up step by step: one slow transaction is felt by others, one fast one proves little.
        chosen = fitting if fitting < self._size else min(self._size * 2, (self._size + fitting) / 2)
        self._size = int(min(self.chunk, max(_SMALLEST_CHUNK, chosen)))

    async def _come_back_later(self, error: asyncpg.PostgresError) -> None:
        """Leave a chunk for a while in which somebody holds a row, and take a smaller bite then."""
        self._failures += 1
        self._size = max(1, self._size // 2)
        rest = min(_LONGEST_REST, 0.1 * 2**self._failures) * random.uniform(0.5, 1)  # noqa: S311 - jitter
        await self.connection.execute(ERROR, self.move.version, type(error).__name__.removesuffix("Error"))
        await self.connection.execute(_REST, self.move.name, self._at, rest)


_CLAIM = """
    SELECT number, after, upto FROM ablage_migrations.chunks
    WHERE move = $1 AND NOT done AND (retry_at IS NULL OR retry_at <= clock_timestamp())
    ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_RECORD = """
    UPDATE ablage_migrations.chunks
    SET done = $3, after = $4, rows_done = rows_done + $5, moved = moved + $6, retry_at = NULL,
        xids = array_append(xids, pg_current_xact_id()::xid), touched_at = clock_timestamp()
    WHERE move = $1 AND number = $2
"""
_REST = """
    UPDATE ablage_migrations.chunks SET retry_at = clock_timestamp() + make_interval(secs => $3)
    WHERE (move, number) IN (
        SELECT move, number FROM ablage_migrations.chunks
        WHERE move = $1 AND number = $2 FOR UPDATE SKIP LOCKED
    )
"""
_NONE_OPEN = "SELECT NOT EXISTS (SELECT FROM ablage_migrations.chunks WHERE move = $1 AND NOT done)"
_QUARANTINE = """
    INSERT INTO ablage_migrations.quarantine (move, row_id, table_name, direction, reason)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (move, row_id) DO UPDATE SET direction = $4, reason = $5, noticed_at = now()
"""
