"""The engine of data moves: it plans chunks, lets workers claim them, and looks at what came in between.

Everything a worker does to a chunk happens in one transaction that also records it, so there is no instant
at which a row is converted and not recorded, or the other way round.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import TYPE_CHECKING

import asyncpg

from ._bookkeeping import Connection, connect, install_on
from ._metrics import DURATION, ERROR
from ._moves import Direction, Move, find
from ._plan import BackfillError, open_chunks, plan, prepare_guard, remove_guard, wait_for_writers
from ._status import Progress, read_progress, run_async
from ._throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.engine import URL

log = logging.getLogger("ablage.migrations")

#: How long a transaction of a worker should take: nobody who wants one of its rows waits much longer.
GOAL_SECONDS = 0.05
_SMALLEST_CHUNK = 10
_MAX_SWEEPS = 50
_SWEEP_LIMIT = 10_000
_REPORT_EVERY = 0.5
_RETRY_ERRORS = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
#: Classes of SQLSTATE that one row can be to blame for: bad data, a constraint, a limit, a trigger's RAISE.
_ROW_ERROR_CLASSES = frozenset({"22", "23", "54", "P0"})


def _may_be_one_row(error: asyncpg.PostgresError) -> bool:
    return (error.sqlstate or "")[:2] in _ROW_ERROR_CLASSES


def run(
    url: str | URL,
    name: str,
    *,
    direction: Direction = "up",
    chunk: int | None = None,
    workers: int = 2,
    pause: float = 0.0,
    pause_file: Path | str | None = None,
    max_lag: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Progress:
    """Run a data move to its end, or continue one that was interrupted.

    It can be called from anywhere, an event loop included, and by several processes at once: they share
    the work. A finished move is run again from the start, which changes nothing that is already as it
    should be. A move that was interrupted on the way up and is now run down only undoes what was done.

    Args:
        url: Database address, see `server_stub.migrations.url.parse`.
        name: A name from `MOVES`, or ``keep:TABLE.COLUMN``, see `find`.
        direction: ``"up"`` to the newer release, ``"down"`` back.
        chunk: Most rows in one transaction; the default is what the move was measured with. Chunks shrink
            by themselves while a transaction takes longer than 50 ms.
        workers: How many connections work at once.
        pause: Seconds that each worker rests after every chunk.
        pause_file: While this file exists, no new chunk is begun.
        max_lag: While a streaming replica is more than this many seconds behind, no new chunk is begun.
        on_progress: Called about twice a second and at the end, from the thread that does the work.

    Returns:
        The final progress, with the number of rows moved and set aside.

    Raises:
        BackfillError: If it cannot be finished.
        UnknownMoveError: If there is no such move.
    """
    throttle = Throttle(pause=pause, pause_file=pause_file, max_lag=max_lag)
    runner = _Runner(url, find(name), direction, chunk, max(1, workers), throttle, on_progress)
    return run_async(runner.run())


class _Runner:
    """One call of `run`."""

    def __init__(
        self,
        url: str | URL,
        move: Move,
        direction: Direction,
        chunk: int | None,
        workers: int,
        throttle: Throttle,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.url = url
        self.move = move
        self.direction = direction
        self.chunk = max(1, chunk or move.chunk)
        self.workers = workers
        self.throttle = throttle
        self.on_progress = on_progress
        routine = f"{move.routine}_{direction}"
        self.convert = f"SELECT moved, quarantined FROM ablage_migrations.move_{routine}($1, $2::uuid[])"
        self.left = f"SELECT key FROM ablage_migrations.left_{routine}($1, $2::uuid[]) AS l (key)"

    async def run(self) -> Progress:
        """Prepare, let the workers do the chunks, sweep, finish."""
        started = time.monotonic()
        control = await connect(self.url)
        try:
            await install_on(control, self.move.sql)
            await prepare_guard(control, self.move, self.direction)
            await plan(control, self.move, self.direction, self.chunk)
            reporter = asyncio.create_task(self._report())
            try:
                await self._work_on_chunks()
                await self._sweep(control)
            finally:
                reporter.cancel()
                await asyncio.gather(reporter, return_exceptions=True)
            await remove_guard(control, self.move, self.direction)
            await control.execute(
                "UPDATE ablage_migrations.moves SET done = true, finished_at = clock_timestamp() WHERE name = $1",
                self.move.name,
            )
            await control.execute(DURATION, f"{self.move.version}", time.monotonic() - started)
            [progress] = await read_progress(control, self.move.name)
        except asyncpg.PostgresError as error:
            await self._count_error(control, error)
            raise BackfillError(
                f"The data move {self.move.name!r} stopped: {error}. What is done stays done; "
                "run the same command again and it continues."
            ) from error
        except (OSError, asyncpg.InterfaceError) as error:
            raise BackfillError(
                f"The data move {self.move.name!r} lost its connection: {error}. What is done stays done; "
                "run the same command again and it continues."
            ) from error
        finally:
            control.terminate() if control.is_closed() else await control.close()
        if self.on_progress is not None:
            self.on_progress(progress)
        return progress

    async def _work_on_chunks(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self.workers):
                    group.create_task(self._worker(number))
        except* (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as errors:
            raise errors.exceptions[0] from None

    async def _worker(self, number: int) -> None:
        connection = await connect(
            self.url, application_name=f"ablage-backfill {self.move.name} {number}"[:63]
        )
        try:
            size = self.chunk
            attempt = 0
            while True:
                await self.throttle.wait(connection)
                started = time.monotonic()
                try:
                    done = await self._chunk(connection, size)
                except _RETRY_ERRORS as error:
                    # Somebody else holds a row for long. Let go of ours, come back later with a smaller bite.
                    await self._count_error(connection, error)
                    attempt += 1
                    size = max(1, size // 2)
                    await asyncio.sleep(random.uniform(0.5, 1) * min(2.0, 0.05 * 2**attempt))  # noqa: S311 - jitter
                    continue
                except asyncpg.PostgresError as error:
                    if not _may_be_one_row(error) or size == 1:
                        raise
                    # One row of these is to blame: halve until it stands alone.
                    size = max(1, size // 2)
                    continue
                attempt = 0
                if done is None:
                    if await open_chunks(connection, self.move) == 0:
                        return
                    await asyncio.sleep(0.05)  # others are at the last ones; should they die, we take over
                    continue
                size = self._next_size(size, done, time.monotonic() - started)
        finally:
            await connection.close(timeout=5)

    def _next_size(self, size: int, done: int, seconds: float) -> int:
        if done < min(size, _SMALLEST_CHUNK):
            return size  # the end of a chunk: too little to learn from
        fitting = done * GOAL_SECONDS / max(seconds, 1e-4)
        return int(min(self.chunk, max(_SMALLEST_CHUNK, min(size * 2, (size + fitting) / 2))))

    async def _chunk(self, connection: Connection, size: int) -> int | None:
        """Convert up to ``size`` keys of a chunk nobody else is at; ``None`` if there is none to claim."""
        async with connection.transaction():
            claimed = await connection.fetchrow(_CLAIM, self.move.name)
            if claimed is None:
                return None
            keys = await self._keys(connection, claimed["after"], claimed["upto"], size)
            moved, _ = await self._convert(connection, keys, alone=size == 1)
            finished = len(keys) < size or keys[-1] == claimed["upto"]
            await connection.execute(
                _FINISH_CHUNK,
                self.move.name,
                claimed["number"],
                finished,
                keys[-1] if keys else claimed["after"],
                len(keys),
                moved,
            )
        return len(keys)

    async def _keys(
        self, connection: Connection, after: UUID | None, upto: UUID | None, size: int
    ) -> list[UUID]:
        # No "key > $1 OR $1 IS NULL": a plan that serves both reads the index from its beginning.
        bounds = [
            f"key {sign} ${2 + n}"
            for n, sign in enumerate(s for s, end in ((">", after), ("<=", upto)) if end)
        ]
        where = f"WHERE {' AND '.join(bounds)}" if bounds else ""
        rows = await connection.fetch(
            f"SELECT DISTINCT key FROM ({self.move.keys(self.direction)}) AS k {where} ORDER BY key LIMIT $1",  # noqa: S608 - names from our own code
            size,
            *(end for end in (after, upto) if end),
        )
        return [row["key"] for row in rows]

    async def _convert(self, connection: Connection, keys: list[UUID], *, alone: bool) -> tuple[int, int]:
        if not keys:
            return 0, 0
        await connection.fetchval(
            f"SELECT count(*) FROM (SELECT FROM {self.move.locks or self.move.table} WHERE id = ANY ($1::uuid[])"  # noqa: S608 - names from our own code
            f" ORDER BY id FOR {self.move.strength}) AS locked",
            keys,
        )
        if not alone:
            row = await connection.fetchrow(self.convert, self.move.name, keys)
            assert row is not None  # noqa: S101 - a function with OUT parameters
            return row["moved"], row["quarantined"]
        try:
            async with connection.transaction():  # a savepoint: the chunk's record must survive
                row = await connection.fetchrow(self.convert, self.move.name, keys)
        except asyncpg.PostgresError as error:
            if not _may_be_one_row(error):
                raise
            await connection.execute(
                _QUARANTINE,
                self.move.name,
                keys[0],
                self.move.table,
                self.direction,
                f"{error.sqlstate}: {error}",
            )
            log.warning("%s: row %s set aside: %s", self.move.name, keys[0], error)
            return 0, 1
        assert row is not None  # noqa: S101 - a function with OUT parameters
        return row["moved"], row["quarantined"]

    async def _sweep(self, connection: Connection) -> None:
        """Look at every row that somebody else wrote since the move began, until none needs converting."""
        for _ in range(_MAX_SWEEPS):
            left = await self._left(connection)
            if not left:
                return
            size = self.chunk
            while left:
                await self.throttle.wait(connection)
                batch = left[:size]
                try:
                    async with connection.transaction():
                        moved, _ = await self._convert(connection, batch, alone=size == 1)
                        await connection.execute(_RECORD_SWEEP, self.move.name, len(batch), moved)
                except asyncpg.PostgresError as error:
                    if isinstance(error, _RETRY_ERRORS):
                        await self._count_error(connection, error)
                        await asyncio.sleep(0.1)
                    elif not _may_be_one_row(error) or size == 1:
                        raise
                    size = max(1, size // 2)
                else:
                    del left[:size]
        raise BackfillError(
            f"Rows of {self.move.table} keep being written in the form that the data move {self.move.name!r} "
            "converts. Stop the application that writes them, then run the same command again."
        )

    async def _left(self, connection: Connection) -> list[UUID]:
        """Return keys that need converting among those that somebody else wrote since the move began."""
        written: set[UUID] = set()
        for table, key in filter(None, ((self.move.table, self.move.key), self.move.also_written)):
            await wait_for_writers(connection, table)
            written |= set(
                await connection.fetchval(_WRITTEN.format(table=table, key=key), self.move.name) or []
            )
        rows = await connection.fetch(f"{self.left} LIMIT {_SWEEP_LIMIT}", self.move.name, list(written))
        return sorted(row["key"] for row in rows)

    async def _report(self) -> None:
        """Tell how far we are, and record for how long the move has been worked on."""
        connection = await connect(
            self.url, application_name=f"ablage-backfill {self.move.name} progress"[:63]
        )
        try:
            before = time.monotonic()
            while True:
                await asyncio.sleep(_REPORT_EVERY)
                now = time.monotonic()
                await connection.execute(_ADD_SECONDS, self.move.name, now - before)
                before = now
                if self.on_progress is not None:
                    [progress] = await read_progress(connection, self.move.name)
                    self.on_progress(self.throttle.applied_to(progress))
        finally:
            connection.terminate()

    async def _count_error(self, connection: Connection, error: asyncpg.PostgresError) -> None:
        if not connection.is_closed() and not connection.is_in_transaction():
            await connection.execute(ERROR, self.move.version, type(error).__name__.removesuffix("Error"))


_CLAIM = """
    SELECT number, after, upto FROM ablage_migrations.chunks
    WHERE move = $1 AND NOT done ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_FINISH_CHUNK = """
    UPDATE ablage_migrations.chunks
    SET done = $3, after = $4, rows_done = rows_done + $5, moved = moved + $6,
        xids = array_append(xids, pg_current_xact_id()::xid), touched_at = clock_timestamp()
    WHERE move = $1 AND number = $2
"""
_RECORD_SWEEP = """
    INSERT INTO ablage_migrations.chunks AS c (move, number, rows, rows_done, moved, done, xids, touched_at)
    VALUES ($1, -1, 0, $2, $3, true, ARRAY[pg_current_xact_id()::xid], clock_timestamp())
    ON CONFLICT (move, number) DO UPDATE SET rows_done = c.rows_done + $2, moved = c.moved + $3,
        xids = c.xids || excluded.xids, touched_at = clock_timestamp()
"""
_QUARANTINE = """
    INSERT INTO ablage_migrations.quarantine (move, row_id, table_name, direction, reason)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (move, row_id) DO UPDATE SET direction = $4, reason = $5, noticed_at = now()
"""
_ADD_SECONDS = "UPDATE ablage_migrations.moves SET seconds = seconds + $2 WHERE name = $1"
#: Keys of rows that were written since the move began, except by its own transactions. Needs no value of
#: the row itself, so it reads the table without unpacking a single document.
_WRITTEN = """
    SELECT array_agg(DISTINCT t.{key}) FROM {table} AS t, ablage_migrations.moves AS m
    WHERE m.name = $1 AND age(t.xmin) <= age(m.first_xid::xid) AND NOT EXISTS (
        SELECT FROM (SELECT unnest(c.xids) AS xid FROM ablage_migrations.chunks AS c WHERE c.move = $1) AS own
        WHERE own.xid = t.xmin
    )
"""
