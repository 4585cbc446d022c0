"""Every request, counted, timed and logged; and ``/metrics``, where the counts are read."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, cast

import asyncpg
import prometheus_client
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from server_stub.api.state import ApiState
from server_stub.migrations import backfills
from server_stub.observability import metrics
from server_stub.observability.logs import current_scope, get_logger
from server_stub.storage.queries import jobs, webhooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from prometheus_client import Counter, Histogram
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from server_stub.services.context import Services

_logger = logging.getLogger(__name__)
log = get_logger(__name__)

#: Asked every few seconds by machines; logged only when something is wrong.
QUIET = frozenset({"/health", "/health/ready", "/metrics", "/api/v1/health"})
_SERVER_ERROR = 500
#: Seconds between two notes of the use of the pool.
NOTE_EVERY = 5.0
#: A bound for labels: addresses that nobody serves must not each become a time series.
_UNKNOWN_ROUTE = "unknown"


class Observer:
    """ASGI middleware around everything.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        current_scope.set(scope)
        path: str = scope["path"]  # as it arrived: the gateway rewrites it
        status = _SERVER_ERROR
        began = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            _note(scope, path, status, time.perf_counter() - began)


def _note(scope: Scope, path: str, status: int, seconds: float) -> None:
    request = scope.get("ablage.request")
    route = getattr(request, "route", None) or getattr(scope.get("route"), "path", None) or _UNKNOWN_ROUTE
    version = getattr(request, "version", None) or "-"
    count, duration = _series(scope["method"], route, version, status)
    count.inc()
    duration.observe(seconds)
    failed = status >= _SERVER_ERROR
    if not failed and (path in QUIET or not _logger.isEnabledFor(logging.INFO)):
        return
    write = log.error if failed else log.info
    write(
        "Request.",
        method=scope["method"],
        path=path,
        route=route,
        version=version,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        client=getattr(request, "client", None),
    )


@cache
def _series(method: str, route: str, version: str, status: int) -> tuple[Counter, Histogram]:
    """Return what counts and times such requests: as many as there are time series anyway."""
    count = metrics.REQUESTS.labels(method, route, version, str(status))
    return count, metrics.REQUEST_SECONDS.labels(route, version)


async def serve_metrics(request: Request) -> Response:
    """Answer ``GET /metrics`` in Prometheus' text format."""
    services = ApiState.of(request.app).services
    note_pool(services)
    backlog = await _backlog(services)
    body = metrics.counted() + prometheus_client.generate_latest(backlog.registry)
    body += (await _migrations(services)).encode()
    return Response(body, media_type=prometheus_client.CONTENT_TYPE_LATEST)


async def _migrations(services: Services) -> str:
    """Return the figures of migrations, which the database keeps; nothing where they may not be read."""
    try:
        async with services.db.connect() as conn:
            driver = (await conn.get_raw_connection()).driver_connection
            return await backfills.render(cast("asyncpg.Connection[asyncpg.Record]", driver))
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return ""


@asynccontextmanager
async def watching_pool(services: Services) -> AsyncIterator[None]:
    """Note the use of the pool for as long as the block runs: another process may be asked for it."""

    async def watch() -> None:
        while True:
            note_pool(services)
            await asyncio.sleep(NOTE_EVERY)

    task = asyncio.create_task(watch(), name="pool figures")
    try:
        yield
    finally:
        task.cancel()


def note_pool(services: Services) -> None:
    """Note how many connections are in use."""
    pool = services.db.pool
    metrics.POOL_CONNECTIONS.labels("busy").set(pool.checkedout())
    metrics.POOL_CONNECTIONS.labels("idle").set(pool.checkedin())
    metrics.POOL_CONNECTIONS.labels("limit").set(services.settings.database_pool_size * 2)


async def _backlog(services: Services) -> metrics.Backlog:
    found = metrics.Backlog()
    try:
        async with services.db.connect() as conn:
            queues = await jobs.backlog(conn)
            waiting = await webhooks.count_pending(conn)
    except (SQLAlchemyError, OSError, TimeoutError):
        return found  # the other figures are needed most when the database is away
    for queue, state, count, age in queues:
        found.depth.labels(queue, state).set(count)
        if state == "todo":
            found.age.labels(queue).set(age)
    found.deliveries.set(waiting)
    return found
