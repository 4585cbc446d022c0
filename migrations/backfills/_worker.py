"""A worker claims a chunk, converts it and records it, all in one transaction: see ``engine.sql``."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

import asyncpg

from ._metrics import ERROR

if TYPE_CHECKING:
    from ._bookkeeping import Connection
    from ._moves import Direction, Move
    from ._throttle import Throttle

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


def converter(move: Move, direction: Direction) -> tuple[str, str, str, str, str]:
    """Return the arguments that tell ``convert_rows`` in ``engine.sql`` how to convert rows of a move.

    Names in statements are from our own code; values are always parameters.
    """
    lock = f"SELECT FROM {move.locks or move.table} WHERE id = ANY ($1) ORDER BY id FOR {move.strength}"
    return move.name, direction, move.table, move.routine, lock


def claimer(move: Move, direction: Direction) -> tuple[str, str, str, str, str | None, str]:
    """Return the arguments that tell ``convert_chunk`` how to find, lock and convert rows of a move."""
    name, way, table, routine, lock = converter(move, direction)
    found = f"FROM ({move.keys(direction)}) AS k WHERE %s ORDER BY key LIMIT $3"
    if move.locks_keys(direction):
        keys = f"SELECT array(SELECT key {found} FOR {move.strength})"
        return name, way, table, routine, None, keys
    keys = f"SELECT array(SELECT DISTINCT key {found})"
    return name, way, table, routine, lock, keys


class Worker:
    """Converts chunks until none is left."""

    def __init__(
        self, connection: Connection, move: Move, direction: Direction, chunk: int, throttle: Throttle
    ) -> None:
        self.connection = connection
        self.move = move
        self.chunk = chunk
        self.throttle = throttle
        self._arguments = claimer(move, direction)
        self._size = min(chunk, _FIRST_CHUNK)
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
        done: int | None = await self.connection.fetchval(_CONVERT_CHUNK, *self._arguments, self._size)
        return done

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
        await self.connection.execute(_REST, self.move.name, rest)


_CONVERT_CHUNK = "SELECT ablage_migrations.convert_chunk($1, $2, $3, $4, $5, $6, $7)"
#: The chunk we have just let go of is the first that can be claimed.
_REST = """
    UPDATE ablage_migrations.chunks SET retry_at = clock_timestamp() + make_interval(secs => $2)
    WHERE (move, number) IN (
        SELECT move, number FROM ablage_migrations.chunks
        WHERE move = $1 AND NOT done AND (retry_at IS NULL OR retry_at <= clock_timestamp())
        ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
    )
"""
_NONE_OPEN = "SELECT NOT EXISTS (SELECT FROM ablage_migrations.chunks WHERE move = $1 AND NOT done)"
