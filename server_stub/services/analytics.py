"""Figures about documents, over those that the actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from server_stub.errors import invalid_field
from server_stub.services.documents import owned
from server_stub.storage.tables import documents

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

    from server_stub.services.access import Actor
    from server_stub.services.context import Services

d = documents.c
DEFAULT_SPAN = timedelta(days=30)
MAX_SPAN = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, the end not included."""

    since: datetime
    until: datetime


def span(since: datetime | None, until: datetime | None) -> Span:
    """Return a span, by default the last 30 days.

    Raises:
        InvalidRequestError: It ends before it begins, or is longer than ten years.
    """
    try:
        end = until or datetime.now(UTC)
        begin = since or end - DEFAULT_SPAN
        if begin > end:
            raise invalid_field("since", "must not be after until.")
        if end - begin > MAX_SPAN:
            raise invalid_field("since", "must be at most ten years before until.")
    except OverflowError:
        raise invalid_field("until", "is too far away.") from None
    return Span(begin, end)


async def usage(services: Services, actor: Actor, within: Span) -> dict[str, object]:
    """Return how much was taken in."""
    actor.require("analytics", "read")
    where = _created(actor, within)
    day = sa.cast(sa.func.timezone("UTC", d.created_at), sa.Date).label("date")
    count, size = sa.func.count().label("documents"), sa.func.coalesce(sa.func.sum(d.size), 0).label("bytes")
    async with services.db.connect() as conn:
        totals = (
            await conn.execute(
                sa.select(count, sa.func.coalesce(sa.func.sum(d.page_count), 0).label("pages"), size).where(
                    *where
                )
            )
        ).one()
        by_status = await _counts(conn, d.status, where)
        by_backend = await _counts(conn, sa.func.coalesce(d.ocr_backend, "unknown"), where)
        by_day = await conn.execute(sa.select(day, count, size).where(*where).group_by(day).order_by(day))
        days = [{"date": row.date, "documents": row.documents, "bytes": int(row.bytes)} for row in by_day]
    return {
        "since": within.since,
        "until": within.until,
        "documents_total": totals.documents,
        "pages_total": int(totals.pages),
        "bytes_total": int(totals.bytes),
        "documents_by_status": by_status,
        "documents_by_backend": by_backend,
        "by_day": days,
    }


async def metrics(services: Services, actor: Actor, within: Span) -> dict[str, object]:
    """Return how well it was recognised."""
    actor.require("analytics", "read")
    where = _created(actor, within)
    seconds = d.ocr_result[("metadata", "processing_time")]
    is_number = sa.func.jsonb_typeof(seconds) == "number"
    completed = sa.func.count().filter(d.status == "completed").label("completed")
    failed = sa.func.count().filter(d.status == "failed").label("failed")
    statement = sa.select(
        sa.func.avg(d.confidence_score).label("confidence"),
        sa.func.avg(sa.cast(seconds, sa.Double)).filter(is_number).label("seconds"),
        completed,
        failed,
    )
    waiting = sa.select(sa.func.count()).where(d.status.in_(("pending", "processing")), *owned(actor, "read"))
    async with services.db.connect() as conn:
        row = (await conn.execute(statement.where(*where))).one()
        depth = await conn.scalar(waiting)
        codes = await _counts(conn, sa.func.coalesce(d.error_code, "UNKNOWN"), [*where, d.status == "failed"])
    ended = row.completed + row.failed
    return {
        "since": within.since,
        "until": within.until,
        "average_confidence": None if row.confidence is None else round(float(row.confidence), 4),
        "average_processing_seconds": None if row.seconds is None else round(row.seconds, 4),
        "success_rate": round(row.completed / ended, 4) if ended else None,
        "queue_depth": depth,
        "failures_by_code": codes,
    }


def _created(actor: Actor, within: Span) -> list[ColumnElement[bool]]:
    return [d.created_at >= within.since, d.created_at < within.until, *owned(actor, "read")]


async def _counts(
    conn: AsyncConnection, key: ColumnElement[Any], where: list[ColumnElement[bool]]
) -> dict[str, int]:
    label = key.label("key")
    rows = await conn.execute(
        sa.select(label, sa.func.count().label("n")).where(*where).group_by(label).order_by(label)
    )
    return {row.key: row.n for row in rows}
