"""What makes a data move wait: an operator, or replicas that cannot keep up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ._bookkeeping import Connection
    from ._status import Progress

_POLL_SECONDS = 0.1
_LAG_EVERY_SECONDS = 0.5

#: How far the slowest replica is behind. Nothing is known of a replica that has just connected.
_LAG = """
    SELECT coalesce(extract(epoch FROM max(
        CASE WHEN replay_lsn < pg_current_wal_lsn() THEN replay_lag END)), 0)::float8
    FROM pg_stat_replication WHERE state IN ('streaming', 'catchup')
"""


class Throttle:
    """Lets workers begin a chunk only while nothing speaks against it."""

    def __init__(
        self, *, pause: float = 0.0, pause_file: Path | str | None = None, max_lag: float | None = None
    ) -> None:
        self.pause = pause
        self.pause_file = None if pause_file is None else Path(pause_file)
        self.max_lag = max_lag
        self.reason: Literal["paused", "throttled"] | None = None
        self._began = False
        self._lag = 0.0
        self._looked_at = 0.0

    async def wait(self, connection: Connection) -> None:
        """Return when a chunk may begin."""
        if self.pause and self._began:
            await asyncio.sleep(self.pause)
        self._began = True
        while True:
            if self.pause_file is not None and self.pause_file.exists():
                self.reason = "paused"
            elif self.max_lag is not None and await self._current_lag(connection) > self.max_lag:
                self.reason = "throttled"
            else:
                self.reason = None
                return
            await asyncio.sleep(_POLL_SECONDS)

    def applied_to(self, progress: Progress) -> Progress:
        """Return a progress that says what we wait for."""
        if self.reason is None or progress.state == "done":
            return progress
        return replace(progress, state=self.reason)

    async def _current_lag(self, connection: Connection) -> float:
        if time.monotonic() - self._looked_at >= _LAG_EVERY_SECONDS:
            self._lag = await connection.fetchval(_LAG)
            self._looked_at = time.monotonic()
        return self._lag
