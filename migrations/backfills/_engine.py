"""The engine of data moves: it plans chunks, lets workers convert them, and looks at what came in between.

Everything a worker does to a chunk happens in one transaction that also records it, so there is no instant
at which a row is converted and not recorded, or the other way round.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import asyncpg

from server_stub.migrations import remedies
from server_stub.migrations.loop import run_async

from ._bookkeeping import connect, install_on
from ._metrics import DURATION, ERROR
from ._moves import find
from ._plan import BackfillError, forget_deleted, plan, prepare_guard, remove_guard
from ._status import Progress, read_progress
from ._sweep import sweep
from ._throttle import Throttle
from ._worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import URL

    from ._bookkeeping import Connection
    from ._moves import Direction, Move

_REPORT_EVERY_SECONDS = 0.5


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
        chunk: Most rows in one transaction; the default is what the move was measured with. A worker
            takes fewer while a transaction takes longer than 50 ms. A move that is continued keeps the
            chunks it was planned with.
        workers: How many connections work at once.
        pause: Seconds that each worker rests after every chunk.
        pause_file: While this file exists, no new chunk is begun.
        max_lag: While a replica, streaming or catching up, is more than this many seconds behind, no new
            chunk is begun.
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

    async def run(self) -> Progress:
        """Do the work, and say what to do when that fails."""
        try:
            control = await connect(self.url)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise self._stopped(f"could not connect: {error}") from error
        try:
            progress = await self._run(control)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            await self._count(control, error)
            raise BackfillError(
                f"The data move {self.move.name!r} stopped; what is done stays done. "
                + remedies.in_words(error)
            ) from error
        finally:
            await control.close(timeout=5)
        if self.on_progress is not None:
            self.on_progress(progress)
        return progress

    async def _run(self, control: Connection) -> Progress:
        started = time.monotonic()
        await install_on(control, self.move.sql)
        await forget_deleted(control, self.move)
        await prepare_guard(control, self.move, self.direction)
        await plan(control, self.move, self.direction, self.chunk)
        reporter = asyncio.create_task(self._report())
        try:
            await self._convert_chunks()
            await sweep(control, self.move, self.direction, self.chunk, self.throttle)
        finally:
            reporter.cancel()
            await asyncio.gather(reporter, return_exceptions=True)
        await remove_guard(control, self.move, self.direction)
        await control.execute(
            _FORGET_ORPHANS, self.move.name, self.move.table, self.move.locks or self.move.table
        )
        async with control.transaction():
            await control.execute(_DONE, self.move.name)
            await control.execute(DURATION, self.move.version, time.monotonic() - started)
        [progress] = await read_progress(control, self.move.name)
        return progress

    async def _convert_chunks(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self.workers):
                    group.create_task(self._worker(number))
        except* (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as errors:
            first = errors.exceptions[0]
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first from None

    async def _worker(self, number: int) -> None:
        connection = await connect(self.url, application_name=self._name(f"{number + 1}"))
        try:
            await Worker(connection, self.move, self.direction, self.chunk, self.throttle).work()
        finally:
            await connection.close(timeout=5)

    async def _report(self) -> None:
        """Tell how far we are, and record for how long the move has been worked on."""
        connection = await connect(self.url, application_name=self._name("progress"))
        before = time.monotonic()
        try:
            while True:
                await asyncio.sleep(_REPORT_EVERY_SECONDS)
                now = time.monotonic()
                await connection.execute(_ADD_SECONDS, self.move.name, now - before)
                before = now
                if self.on_progress is not None:
                    [progress] = await read_progress(connection, self.move.name)
                    self.on_progress(self.throttle.applied_to(progress))
        finally:
            connection.terminate()

    async def _count(self, control: Connection, error: Exception) -> None:
        kind = type(error).__name__.removesuffix("Error")
        try:
            await control.execute(ERROR, self.move.version, kind)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return  # the connection is what failed: there is nowhere to count it

    def _name(self, what: str) -> str:
        return f"ablage-backfill {self.move.name} {what}"[:63]

    def _stopped(self, why: str) -> BackfillError:
        return BackfillError(
            f"The data move {self.move.name!r} {why.rstrip('.')}. What is done stays done; "
            "run the same command again and it continues."
        )


_ADD_SECONDS = "UPDATE ablage_migrations.moves SET seconds = seconds + $2 WHERE name = $1"
_FORGET_ORPHANS = "SELECT ablage_migrations.forget_orphans($1, $2, $3)"
_DONE = (
    "UPDATE ablage_migrations.moves SET done = true, finished_at = clock_timestamp(), "
    "seconds = greatest(seconds, extract(epoch FROM clock_timestamp() - started_at)) WHERE name = $1"
)
