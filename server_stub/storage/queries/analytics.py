"""Figures about documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from ablage_sdk.formats import UNKNOWN_ERROR
from server_stub.storage.queries.document_filters import owned
from server_stub.storage.tables import documents

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

d = documents.c


class Which(NamedTuple):
    """Which documents are counted: whose, or everybody's, and when they were created."""

    owner: UUID | None
    since: datetime
    until: datetime

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions of a query."""
        return [d.created_at >= self.since, d.created_at < self.until, *owned(self.owner)]


def _sum(column: ColumnElement[Any], name: str) -> ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger).label(name)


_COUNT = sa.func.count().label("documents")
_BYTES = _sum(d.size, "bytes")


async def totals(conn: AsyncConnection, which: Which) -> RowMapping:
    """Return how many ``documents``, ``pages`` and ``bytes`` there are."""
    statement = sa.select(_COUNT, _sum(d.page_count, "pages"), _BYTES).where(*which.conditions())
    return (await conn.execute(statement)).mappings().one()


async def by_day(conn: AsyncConnection, which: Which) -> list[dict[str, object]]:
    """Return each ``date`` (UTC) on which something was taken in, with ``documents`` and ``bytes``."""
    day = sa.cast(sa.func.timezone("UTC", d.created_at), sa.Date).label("date")
    statement = sa.select(day, _COUNT, _BYTES).where(*which.conditions()).group_by(day).order_by(day)
    return [dict(row) for row in (await conn.execute(statement)).mappings()]


async def by_status(conn: AsyncConnection, which: Which) -> dict[str, int]:
    """Return how many documents have each status."""
    return await _counts(conn, d.status, which.conditions())


async def by_backend(conn: AsyncConnection, which: Which) -> dict[str, int]:
    """Return how many documents are of each OCR engine."""
    return await _counts(conn, sa.func.coalesce(d.ocr_backend, "unknown"), which.conditions())


async def failures_by_code(conn: AsyncConnection, which: Which) -> dict[str, int]:
    """Return how many documents failed for each reason."""
    code = sa.func.coalesce(d.error_code, UNKNOWN_ERROR)
    return await _counts(conn, code, [*which.conditions(), d.status == "failed"])


async def quality(conn: AsyncConnection, which: Which) -> RowMapping:
    """Return the average ``confidence`` and ``seconds``, and how many are ``completed`` and ``failed``."""
    seconds = d.ocr_result[("metadata", "processing_time")]
    is_number = sa.func.jsonb_typeof(seconds) == "number"
    statement = sa.select(
        sa.func.avg(d.confidence_score).label("confidence"),
        sa.func.avg(sa.cast(seconds, sa.Double)).filter(is_number).label("seconds"),
        sa.func.count().filter(d.status == "completed").label("completed"),
        sa.func.count().filter(d.status == "failed").label("failed"),
    )
    return (await conn.execute(statement.where(*which.conditions()))).mappings().one()


async def waiting(conn: AsyncConnection, owner: UUID | None) -> int:
    """Return how many documents are not finished, whenever they were created."""
    unfinished = d.status.in_(("pending", "processing"))
    return await conn.scalar(sa.select(sa.func.count()).where(unfinished, *owned(owner))) or 0


async def _counts(
    conn: AsyncConnection, key: ColumnElement[Any], where: list[ColumnElement[bool]]
) -> dict[str, int]:
    label = key.label("key")
    rows = await conn.execute(
        sa.select(label, sa.func.count().label("n")).where(*where).group_by(label).order_by(label)
    )
    return {row.key: row.n for row in rows}
