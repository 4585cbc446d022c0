"""Figures about documents, over those that the actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from server_stub.errors import invalid_field
from server_stub.storage.queries import analytics as counted

if TYPE_CHECKING:
    from server_stub.services.access import Actor
    from server_stub.services.context import Services

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
    which = counted.Which(actor.owner_filter("read"), within.since, within.until)
    async with services.db.connect() as conn:
        totals = await counted.totals(conn, which)
        return {
            "since": within.since,
            "until": within.until,
            **{f"{name}_total": total for name, total in totals.items()},
            "documents_by_status": await counted.by_status(conn, which),
            "documents_by_backend": await counted.by_backend(conn, which),
            "by_day": await counted.by_day(conn, which),
        }


async def metrics(services: Services, actor: Actor, within: Span) -> dict[str, object]:
    """Return how well it was recognised."""
    actor.require("analytics", "read")
    which = counted.Which(actor.owner_filter("read"), within.since, within.until)
    async with services.db.connect() as conn:
        quality = await counted.quality(conn, which)
        ended = quality["completed"] + quality["failed"]
        return {
            "since": within.since,
            "until": within.until,
            "average_confidence": _rounded(quality["confidence"]),
            "average_processing_seconds": _rounded(quality["seconds"]),
            "success_rate": _rounded(quality["completed"] / ended) if ended else None,
            "queue_depth": await counted.waiting(conn, which.owner),
            "failures_by_code": await counted.failures_by_code(conn, which),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
