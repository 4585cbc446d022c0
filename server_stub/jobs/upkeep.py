"""What has to be looked after from time to time, by whichever process comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrastinate import exceptions

from server_stub.jobs.recognize import give_up
from server_stub.observability.logs import get_logger
from server_stub.storage.queries import idempotency, sessions
from server_stub.storage.queries import jobs as stored

if TYPE_CHECKING:
    import procrastinate

    from server_stub.services.context import Services

log = get_logger(__name__)

#: Days for which failed jobs are kept for whoever looks into them.
FAILED_JOBS_KEPT_HOURS = 24 * 7


async def retry_stalled(app: procrastinate.App, services: Services) -> int:
    """Give the jobs of workers that died to others.

    Returns:
        How many.
    """
    seconds = services.settings.job_stalled_seconds
    retried = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds):
        try:
            await app.job_manager.retry_job(job)
        except exceptions.ConnectorException:
            continue  # it ended after all, or another process was faster
        log.warning("A worker died; its job goes to another.", job_id=job.id, task=job.task_name)
        retried += 1
    return retried


async def rescue_documents(services: Services) -> int:
    """Queue documents that wait without a job, and end those whose job failed for good.

    Returns:
        How many there were.
    """
    async with services.db.begin() as conn:
        waiting = await stored.documents_without_job(conn)
        for document_id in waiting:
            await services.queue.defer_recognition(conn, document_id)
    async with services.db.connect() as conn:
        failed = await stored.documents_given_up(conn)
    for document_id in failed:
        await give_up(services, document_id)
    if waiting or failed:
        log.warning("Documents without a job were found.", queued=len(waiting), failed=len(failed))
    return len(waiting) + len(failed)


async def clean_up(app: procrastinate.App, services: Services) -> None:
    """Delete what has served its time: answers to idempotent requests, tokens, failed jobs."""
    async with services.db.begin() as conn:
        if services.release.has_idempotency_keys:
            await idempotency.delete_old(conn)
        await sessions.delete_old(conn)
    await app.job_manager.delete_old_jobs(
        nb_hours=FAILED_JOBS_KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )
