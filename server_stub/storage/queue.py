"""Putting work into the queue, in the transaction that gave rise to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from server_stub.observability import tracing
from server_stub.storage.queue_schema import SCHEMA

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

OCR_QUEUE = "ocr"
UPKEEP_QUEUE = "upkeep"
RECOGNIZE = "recognize"

_DEFER = sa.text(
    f"""
    SELECT ({SCHEMA}.procrastinate_defer_jobs_v1(ARRAY[ROW(
        :queue, :task, :priority, :lock, NULL, :args, NULL
    )]::{SCHEMA}.procrastinate_job_to_defer_v1[]))[1]
    """
).bindparams(
    sa.bindparam("queue", type_=sa.String),
    sa.bindparam("task", type_=sa.String),
    sa.bindparam("priority", type_=sa.Integer),
    sa.bindparam("lock", type_=sa.String),
    sa.bindparam("args", type_=pg.JSONB),
)


def _cause() -> dict[str, str]:
    """Return what links the job to the trace that gave rise to it; nothing when there is none."""
    parent = tracing.traceparent()
    return {} if parent is None else {"traceparent": parent}


class Queue:
    """The queue of background jobs, as the services see it."""

    async def defer_recognition(self, conn: AsyncConnection, document_id: UUID, *, priority: int = 0) -> int:
        """Have a document's text recognised once the caller's transaction is committed.

        Args:
            conn: The connection with the transaction. A rollback leaves no job.
            document_id: Which document. Two jobs for one document never run at once.
            priority: Higher goes first.

        Returns:
            The number of the job.
        """
        job: int = (
            await conn.execute(
                _DEFER,
                {
                    "queue": OCR_QUEUE,
                    "task": RECOGNIZE,
                    "priority": priority,
                    "lock": f"document:{document_id}",
                    "args": {"document_id": str(document_id), **_cause()},
                },
            )
        ).scalar_one()
        return job
