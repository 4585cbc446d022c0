"""The job queue, looked at and mended beside procrastinate, which owns its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from server_stub.storage.queue import OCR_QUEUE
from server_stub.storage.queue_schema import SCHEMA
from server_stub.storage.tables import documents

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

d = documents.c
_JOBS = sa.table(
    "procrastinate_jobs", sa.column("id"), sa.column("args"), sa.column("attempts"), schema=SCHEMA
)
_LIST = sa.text(
    f"""
    SELECT job.id, job.queue_name AS queue, job.task_name AS task, job.status::text, job.attempts,
           job.args->>'document_id' AS document_id, job.scheduled_at, job.worker_id,
           (SELECT min(at) FROM {SCHEMA}.procrastinate_events WHERE job_id = job.id) AS created_at
    FROM {SCHEMA}.procrastinate_jobs AS job
    WHERE (CAST(:status AS text) IS NULL OR job.status::text = :status)
      AND (CAST(:queue AS text) IS NULL OR job.queue_name = :queue)
    ORDER BY job.id DESC LIMIT :limit
    """  # noqa: S608 - a constant
)
_FAILED = sa.text(
    f"SELECT id FROM {SCHEMA}.procrastinate_jobs WHERE status IN ('failed', 'aborted') "  # noqa: S608
    f"AND queue_name = '{OCR_QUEUE}'"
)
_WITHOUT_JOB = sa.text(
    f"""
    SELECT document.id FROM documents AS document
    WHERE document.status IN ('pending', 'processing')
      AND document.updated_at < now() - interval '1 minute'
      AND NOT EXISTS (
        SELECT FROM {SCHEMA}.procrastinate_jobs AS job
        WHERE job.lock = 'document:' || document.id
          -- one in work whose job failed is given up, see below
          AND (job.status IN ('todo', 'doing') OR document.status = 'processing'))
    LIMIT 1000
    """  # noqa: S608 - a constant
)
_GIVEN_UP = sa.text(
    f"""
    SELECT DISTINCT (job.args->>'document_id')::uuid FROM {SCHEMA}.procrastinate_jobs AS job
    JOIN documents AS document ON document.id = (job.args->>'document_id')::uuid
    WHERE job.status IN ('failed', 'aborted', 'cancelled') AND job.queue_name = '{OCR_QUEUE}'
      AND document.status IN ('pending', 'processing')
      AND NOT EXISTS (
        SELECT FROM {SCHEMA}.procrastinate_jobs AS other
        WHERE other.lock = job.lock AND other.status IN ('todo', 'doing'))
    """  # noqa: S608 - constants
)
_BACKLOG = sa.text(
    f"""
    SELECT job.queue_name, job.status::text, count(*) AS jobs,
           coalesce(extract(epoch FROM now() - min(event.at)), 0)::float AS age
    FROM {SCHEMA}.procrastinate_jobs AS job
    LEFT JOIN {SCHEMA}.procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
    WHERE job.status IN ('todo', 'doing', 'failed')
    GROUP BY 1, 2
    """  # noqa: S608 - a constant
)


class Backlog(NamedTuple):
    """Jobs of one queue in one state.

    Attributes:
        queue: Which queue.
        state: ``todo``, ``doing`` or ``failed``.
        jobs: How many.
        age: Seconds since the oldest came.
    """

    queue: str
    state: str
    jobs: int
    age: float


async def table(
    conn: AsyncConnection, *, status: str | None, queue: str | None, limit: int
) -> list[dict[str, object]]:
    """Return jobs for a table, the newest first."""
    found = await conn.execute(_LIST, {"status": status, "queue": queue, "limit": limit})
    return [dict(row) for row in found.mappings()]


async def failed(conn: AsyncConnection) -> set[int]:
    """Return the numbers of recognitions that failed for good."""
    return set((await conn.execute(_FAILED)).scalars())


async def reopen(conn: AsyncConnection, number: int) -> None:
    """Make a job's document one that is to be recognised, and the job a fresh one."""
    document = sa.select(
        sa.cast(sa.func.jsonb_extract_path_text(_JOBS.c.args, "document_id"), sa.Uuid)
    ).where(_JOBS.c.id == number)
    statement = (
        sa.update(documents)
        .where(d.id == document.scalar_subquery(), d.status != "completed")
        .values(status="pending", error_message=None, completed_at=None, updated_at=sa.func.clock_timestamp())
    )
    # As a parameter, because release 1.0 has no such column and leaves it out.
    await conn.execute(statement, {"error_code": None})
    await conn.execute(sa.update(_JOBS).where(_JOBS.c.id == number).values(attempts=0))


async def documents_without_job(conn: AsyncConnection) -> list[UUID]:
    """Return unfinished documents that nobody is going to recognise."""
    return list((await conn.execute(_WITHOUT_JOB)).scalars())


async def documents_given_up(conn: AsyncConnection) -> list[UUID]:
    """Return documents that are not finished though their job failed for good."""
    return list((await conn.execute(_GIVEN_UP)).scalars())


async def backlog(conn: AsyncConnection) -> list[Backlog]:
    """Return how many jobs there are, by queue and state."""
    return [Backlog(*row) for row in await conn.execute(_BACKLOG)]
