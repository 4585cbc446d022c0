"""How much one client may ask for: counted in memory, or in Redis across replicas."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

from server_stub.api.errors import HTTPError
from server_stub.errors import SettingsError
from server_stub.observability import metrics
from server_stub.observability.logs import get_logger

if TYPE_CHECKING:
    import redis.asyncio

    from server_stub.settings import Settings

log = get_logger(__name__)

#: Seconds for which Redis is left alone after it could not be reached.
REDIS_PAUSE = 5.0
#: Seconds that Redis may take for an answer: requests wait for it.
REDIS_TIMEOUT = 0.5


@dataclass(frozen=True, slots=True)
class Window:
    """What is left of a limit.

    Attributes:
        limit: How many requests the window allows.
        remaining: How many are left.
        reset: When the next window begins, in Unix time.
    """

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """Return the headers that tell the client."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class RateLimits:
    """Counts requests in fixed windows.

    Without Redis, or while it cannot be reached, each process counts by itself: an outage of Redis must not
    become one of the archive.

    Args:
        settings: ``rate_limit`` and ``redis_dsn`` count.
    """

    def __init__(self, settings: Settings) -> None:
        self._limit = parse(settings.rate_limit) if settings.rate_limit else None
        self._local = FixedWindowRateLimiter(MemoryStorage())
        self._shared = None
        self._redis: redis.asyncio.ConnectionPool | None = None
        self._pause_until = 0.0
        if settings.redis_dsn is not None:
            import redis.asyncio  # noqa: PLC0415 - it loads much, which few need

            dsn = settings.redis_dsn.get_secret_value()
            try:
                self._redis = redis.asyncio.ConnectionPool.from_url(
                    dsn.replace("redis+unix:", "unix:", 1),  # two libraries, two names for a socket
                    socket_timeout=REDIS_TIMEOUT,
                    socket_connect_timeout=REDIS_TIMEOUT,
                )
            except ValueError:
                raise SettingsError(
                    "REDIS_DSN: write redis://HOST:PORT/NUMBER, rediss://… for TLS, or redis+unix:///PATH."
                ) from None
            storage = RedisStorage(
                f"async+{dsn}",
                implementation="redispy",
                connection_pool=self._redis,  # type: ignore[arg-type]  # documented there, not annotated
            )
            self._shared = FixedWindowRateLimiter(storage)

    async def close(self) -> None:
        """Close what is open."""
        if self._redis is not None:
            await self._redis.disconnect()

    async def hit(self, client: str) -> Window | None:
        """Count a request.

        Args:
            client: Names who asks.

        Returns:
            What is left; ``None`` when there is no limit.

        Raises:
            HTTPError: Nothing was left.
        """
        limit = self._limit
        if limit is None:
            return None
        if self._shared is not None and time.monotonic() >= self._pause_until:
            try:
                passed = await self._shared.hit(limit, client)
                stats = await self._shared.get_window_stats(limit, client)
            except Exception as error:  # noqa: BLE001 - whatever Redis has, requests go on
                log.warning("Redis cannot be reached; counting alone.", reason=type(error).__name__)
                metrics.RATE_LIMITS_ALONE.inc()
                self._pause_until = time.monotonic() + REDIS_PAUSE
            else:
                return _judge(Window(limit.amount, stats.remaining, int(stats.reset_time)), passed=passed)
        passed = await self._local.hit(limit, client)
        stats = await self._local.get_window_stats(limit, client)
        return _judge(Window(limit.amount, stats.remaining, int(stats.reset_time)), passed=passed)


def _judge(window: Window, *, passed: bool) -> Window:
    if passed:
        return window
    wait = max(1, window.reset - int(time.time()) + 1)
    raise HTTPError(
        f"More than {window.limit} requests in this window. Wait {wait} s.",
        code="RATE_LIMIT_EXCEEDED",
        headers=window.headers(),
        wait=wait,
    )
