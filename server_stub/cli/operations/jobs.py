"""What `ablage-server jobs` does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.jobs import sweep
from server_stub.jobs.limits import DEFAULT_AGE_HOURS
from server_stub.jobs.worker import make_app
from server_stub.storage.queue import OCR_QUEUE
from server_stub.storage.queue_schema import SCHEMA
from server_stub.storage.tables import documents

if TYPE_CHECKING:
    from collections.abc import Collection

    from server_stub.cli.output import Row
    from server_stub.services.context import Services

_LIST = f"""
    SELECT job.id, job.queue_name AS queue, job.task_name AS task, job.status::text, job.attempts,
           job.args->>'document_id' AS document_id, job.scheduled_at, job.worker_id,
           (SELECT min(at) FROM {SCHEMA}.procrastinate_events WHERE job_id = job.id) AS created_at
    FROM {SCHEMA}.procrastinate_jobs AS job
    WHERE (:status::text IS NULL OR job.status::text = :status)
      AND (:queue::text IS NULL OR job.queue_name = :queue)
    ORDER BY job.id DESC LIMIT :limit
"""  # noqa: S608 - a constant
_QUERY = sa.text(_LIST.replace(":status::text", "CAST(:status AS text)").replace(
    ":queue::text", "CAST(:queue AS text)"
))  # fmt: skip
_FAILED = sa.text(
    f"SELECT id FROM {SCHEMA}.procrastinate_jobs WHERE status IN ('failed', 'aborted') "  # noqa: S608
    f"AND queue_name = '{OCR_QUEUE}'"
)


async def list_jobs(services: Services, *, status: str | None, queue: str | None, limit: int) -> list[Row]:
    """Return jobs, the newest first."""
    async with services.db.connect() as conn:
        found = await conn.execute(_QUERY, {"status": status, "queue": queue, "limit": limit})
        return [dict(row) for row in found.mappings()]


async def retry(services: Services, numbers: Collection[int] | None) -> int:
    """Do failed jobs again, these or all; return how many."""
    async with services.db.connect() as conn:
        failed: set[int] = set((await conn.execute(_FAILED)).scalars())
    chosen = failed if numbers is None else failed.intersection(numbers)
    async with make_app(services).open_async() as queue:
        for number in sorted(chosen):
            await _reopen(services, number)
            await queue.job_manager.retry_job_by_id_async(number, retry_at=datetime.now(UTC))
    return len(chosen)


async def _reopen(services: Services, number: int) -> None:
    """Make a job's document one that is to be recognised, and the job a fresh one."""
    jobs = sa.table(
        "procrastinate_jobs", sa.column("id"), sa.column("args"), sa.column("attempts"), schema=SCHEMA
    )
    document = sa.select(sa.cast(sa.func.jsonb_extract_path_text(jobs.c.args, "document_id"), sa.Uuid)).where(
        jobs.c.id == number
    )
    async with services.db.begin() as conn:
        await conn.execute(
            sa.update(documents)
            .where(documents.c.id == document.scalar_subquery(), documents.c.status != "completed")
            .values(status="pending", error_code=None, error_message=None, completed_at=None,
                    updated_at=sa.func.clock_timestamp())
        )  # fmt: skip
        await conn.execute(sa.update(jobs).where(jobs.c.id == number).values(attempts=0))


async def sweep_files(services: Services, *, older_than: float | None, delete: bool) -> sweep.Leftovers:
    """Find stored files that no document has, and delete them if that is wanted."""
    hours = older_than or services.settings.sweep_after_hours or DEFAULT_AGE_HOURS
    return await sweep.sweep(services, hours=hours, delete=delete)
