"""Figures about documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from server_stub.storage.queries.document_filters import owned
from server_stub.storage.tables import documents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

d = documents.c


class Which(NamedTuple):
    """Which documents are counted.

    Attributes:
        owner: Whose; ``None`` for everybody's.
        since: Created at this time or later.
        until: Created before this time.
    """

    owner: UUID | None
    since: datetime
    until: datetime

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions of a query."""
        return [d.created_at >= self.since, d.created_at < self.until, *owned(self.owner)]


class Totals(NamedTuple):
    """How much was taken in."""

    documents: int
    pages: int
    size: int


class Day(NamedTuple):
    """What was taken in on one day (UTC)."""

    date: date
    documents: int
    size: int


class Quality(NamedTuple):
    """How well it was recognised; the averages are ``None`` where there is nothing."""

    confidence: float | None
    seconds: float | None
    completed: int
    failed: int


_COUNT = sa.func.count().label("documents")
_SIZE = sa.cast(sa.func.coalesce(sa.func.sum(d.size), 0), sa.BigInteger).label("size")


async def totals(conn: AsyncConnection, which: Which) -> Totals:
    """Return how much was taken in."""
    pages = sa.func.coalesce(sa.func.sum(d.page_count), 0).label("pages")
    row = (await conn.execute(sa.select(_COUNT, pages, _SIZE).where(*which.conditions()))).one()
    return Totals(row.documents, int(row.pages), row.size)


async def by_day(conn: AsyncConnection, which: Which) -> Sequence[Day]:
    """Return the days on which something was taken in, in order."""
    day = sa.cast(sa.func.timezone("UTC", d.created_at), sa.Date).label("date")
    statement = sa.select(day, _COUNT, _SIZE).where(*which.conditions()).group_by(day).order_by(day)
    return [Day(*row) for row in await conn.execute(statement)]


async def by_status(conn: AsyncConnection, which: Which) -> Mapping[str, int]:
    """Return how many documents have each status."""
    return await _counts(conn, d.status, which.conditions())


async def by_backend(conn: AsyncConnection, which: Which) -> Mapping[str, int]:
    """Return how many documents are of each OCR engine."""
    return await _counts(conn, sa.func.coalesce(d.ocr_backend, "unknown"), which.conditions())


async def failures_by_code(conn: AsyncConnection, which: Which) -> Mapping[str, int]:
    """Return how many documents failed for each reason."""
    code = sa.func.coalesce(d.error_code, "UNKNOWN")
    return await _counts(conn, code, [*which.conditions(), d.status == "failed"])


async def quality(conn: AsyncConnection, which: Which) -> Quality:
    """Return how well documents were recognised."""
    seconds = d.ocr_result[("metadata", "processing_time")]
    is_number = sa.func.jsonb_typeof(seconds) == "number"
    statement = sa.select(
        sa.func.avg(d.confidence_score),
        sa.func.avg(sa.cast(seconds, sa.Double)).filter(is_number),
        sa.func.count().filter(d.status == "completed"),
        sa.func.count().filter(d.status == "failed"),
    )
    confidence, *others = (await conn.execute(statement.where(*which.conditions()))).one()
    return Quality(None if confidence is None else float(confidence), *others)


async def waiting(conn: AsyncConnection, owner: UUID | None) -> int:
    """Return how many documents are not finished, whenever they were created."""
    unfinished = d.status.in_(("pending", "processing"))
    return await conn.scalar(sa.select(sa.func.count()).where(unfinished, *owned(owner))) or 0


async def _counts(
    conn: AsyncConnection, key: ColumnElement[Any], where: Sequence[ColumnElement[bool]]
) -> dict[str, int]:
    label = key.label("key")
    rows = await conn.execute(
        sa.select(label, sa.func.count().label("n")).where(*where).group_by(label).order_by(label)
    )
    return {row.key: row.n for row in rows}
