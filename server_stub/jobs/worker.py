"""Workers: they take jobs from the queue and do them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from uuid import UUID

import procrastinate

from server_stub.jobs import upkeep
from server_stub.jobs.recognize import MAX_ATTEMPTS, Retry, give_up, recognize
from server_stub.jobs.sweep import MAX_UNATTENDED, sweep
from server_stub.observability import tracing
from server_stub.observability.logs import get_logger
from server_stub.storage.queue import OCR_QUEUE, RECOGNIZE, UPKEEP_QUEUE
from server_stub.storage.queue_connector import AsyncpgConnector

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from procrastinate import JobContext

    from server_stub.services.context import Services

log = get_logger(__name__)

#: Seconds before a worker that lost the database starts anew.
RESTART_AFTER = 1.0
#: Heartbeats within the time after which a worker counts as dead.
_HEARTBEATS = 3
_EVERY_TEN_SECONDS = "* * * * * */10"
_EVERY_MINUTE = "* * * * *"
_EVERY_HOUR = "17 * * * *"
_EVERY_NIGHT = "41 3 * * *"


def make_app(services: Services, *, pool_size: int = 4) -> procrastinate.App:
    """Return the queue's application with all its tasks.

    Args:
        services: The running server.
        pool_size: How many connections the queue may use.
    """
    app = procrastinate.App(connector=AsyncpgConnector(services.db, pool_size=pool_size))

    @app.task(name=RECOGNIZE, queue=OCR_QUEUE, pass_context=True, retry=Retry())
    async def _recognize(context: JobContext, *, document_id: str, traceparent: str | None = None) -> None:
        attempt = context.job.attempts
        attributes: tracing.Attributes = {"ablage.document_id": document_id, "ablage.attempt": attempt}
        try:
            with tracing.span("recognize", attributes, cause=traceparent):
                await recognize(services, UUID(document_id), attempt=attempt)
        except Exception:
            log.exception("Recognition was interrupted.", document_id=document_id)
            if attempt + 1 >= MAX_ATTEMPTS:
                await give_up(services, UUID(document_id))
            raise

    @app.periodic(cron=_EVERY_TEN_SECONDS)
    @app.task(name="retry_stalled", queue=UPKEEP_QUEUE, queueing_lock="retry_stalled")
    async def _retry_stalled(timestamp: int) -> None:  # noqa: ARG001 - given to every periodic task
        await upkeep.retry_stalled(app, services)

    @app.periodic(cron=_EVERY_MINUTE)
    @app.task(name="rescue_documents", queue=UPKEEP_QUEUE, queueing_lock="rescue_documents")
    async def _rescue_documents(timestamp: int) -> None:  # noqa: ARG001
        await upkeep.rescue_documents(services)

    @app.periodic(cron=_EVERY_HOUR)
    @app.task(name="clean_up", queue=UPKEEP_QUEUE, queueing_lock="clean_up")
    async def _clean_up(timestamp: int) -> None:  # noqa: ARG001
        await upkeep.clean_up(app, services)

    @app.periodic(cron=_EVERY_NIGHT)
    @app.task(name="sweep", queue=UPKEEP_QUEUE, queueing_lock="sweep")
    async def _sweep(timestamp: int) -> None:  # noqa: ARG001
        hours = services.settings.sweep_after_hours
        if hours:
            await sweep(services, hours=hours, most=MAX_UNATTENDED)

    return app


@asynccontextmanager
async def running(services: Services, *, concurrency: int) -> AsyncIterator[None]:
    """Run a worker for as long as the block does.

    At its end nothing new is begun; what is in work has `Settings.shutdown_grace_seconds` to finish and
    goes back to the queue after that.

    Args:
        services: The running server.
        concurrency: How many documents are recognised at once; with 0 only the upkeep is done.
    """
    # Two: the nightly sweep may take minutes, and who takes over from the dead must not wait for it.
    tasks = [asyncio.create_task(_keep_running(services, [UPKEEP_QUEUE], 2), name="upkeep")]
    if concurrency:
        tasks.append(asyncio.create_task(_keep_running(services, [OCR_QUEUE], concurrency), name="worker"))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_running(services: Services, queues: list[str], concurrency: int) -> None:
    """Run a worker, and start it anew when it loses the database."""
    settings = services.settings
    while True:
        app = make_app(services)
        try:
            async with app.open_async():
                await app.run_worker_async(
                    queues=queues,
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=settings.shutdown_grace_seconds,
                    update_heartbeat_interval=settings.job_stalled_seconds / _HEARTBEATS,
                    stalled_worker_timeout=settings.job_stalled_seconds,
                )
        except Exception as error:  # noqa: BLE001 - whatever it was, documents wait
            log.warning("The worker stopped; starting it anew.", queues=queues, reason=str(error))
        with suppress(TimeoutError):
            await asyncio.sleep(RESTART_AFTER)
