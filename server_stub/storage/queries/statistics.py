"""How much of everything there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.storage.queue_schema import SCHEMA

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

_COUNTS = sa.text(
    f"""
    SELECT
        (SELECT version_num FROM alembic_version) AS database_revision,
        pg_size_pretty(pg_database_size(current_database())) AS database_size,
        (SELECT count(*) FROM users) AS users,
        (SELECT count(*) FROM api_keys WHERE revoked_at IS NULL) AS api_keys,
        (SELECT count(*) FROM documents) AS documents,
        (SELECT count(*) FROM documents WHERE status = 'pending') AS documents_pending,
        (SELECT count(*) FROM documents WHERE status = 'processing') AS documents_processing,
        (SELECT count(*) FROM documents WHERE status = 'completed') AS documents_completed,
        (SELECT count(*) FROM documents WHERE status = 'failed') AS documents_failed,
        (SELECT coalesce(sum(size), 0)::bigint FROM documents) AS bytes_of_documents,
        (SELECT count(*) FROM {SCHEMA}.procrastinate_jobs WHERE status = 'todo') AS jobs_waiting,
        (SELECT count(*) FROM {SCHEMA}.procrastinate_jobs WHERE status = 'doing') AS jobs_running,
        (SELECT count(*) FROM {SCHEMA}.procrastinate_jobs WHERE status = 'failed') AS jobs_failed,
        (SELECT count(*) FROM {SCHEMA}.procrastinate_workers
         WHERE last_heartbeat > now() - interval '1 minute') AS workers,
        (SELECT count(*) FROM notification_deliveries WHERE status = 'pending') AS deliveries_pending,
        (SELECT count(*) FROM notification_deliveries WHERE status = 'dead') AS deliveries_dead
    """  # noqa: S608 - a constant
)


async def count(conn: AsyncConnection) -> dict[str, object]:
    """Return the counts by name."""
    return dict((await conn.execute(_COUNTS)).mappings().one())
