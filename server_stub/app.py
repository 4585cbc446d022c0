"""The ASGI application: everything put together."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from server_stub import api, runtime
from server_stub.api.observer import QUIET, Observer, serve_metrics, watching_pool
from server_stub.api.state import ApiState
from server_stub.jobs import dispatcher, worker
from server_stub.services.events import have_receivers
from server_stub.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi.telemetry import TelemetryConfig

    from server_stub.runtime import Runtime

__all__ = ["create_app", "started"]


#: Spans of requests, unless it is a machine that looks in every few seconds. Counting and logging are ours.
_TELEMETRY: TelemetryConfig = {
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
    "exclude": lambda scope: scope.get("path") in QUIET,
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application, to be run by any ASGI server.

    Its lifespan starts the database, migrates it and runs a worker; see `started`.

    Args:
        settings: How it is set up; by default from the environment and ``.env``.
    """
    settings = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with started(app):
            yield

    app = FastAPI(
        title="Ablage",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=_TELEMETRY,
    )
    app.add_route("/metrics", serve_metrics, include_in_schema=False)
    api.install(app, settings)
    app.add_middleware(Observer)
    return app


@asynccontextmanager
async def started(app: FastAPI) -> AsyncIterator[Runtime]:
    """Run everything that an application needs for as long as the block does.

    Raises:
        StartupError: If something needed cannot be had.
    """
    async with AsyncExitStack() as stack:
        state = ApiState.of(app)
        settings = state.settings
        stack.push_async_callback(state.rate_limits.close)
        running = await stack.enter_async_context(runtime.running(settings))
        services = running.services
        state.start(services)
        await stack.enter_async_context(watching_pool(services))
        if not settings.read_only:
            await stack.enter_async_context(worker.running(services, concurrency=settings.worker_concurrency))
            if have_receivers(services) and services.release.has_webhooks:
                await stack.enter_async_context(dispatcher.running(services))
        yield running
