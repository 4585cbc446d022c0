"""Figures about the archive."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from ablage_sdk._models._base import Model, Number, Resource, Timestamp

__all__ = ["DayUsage", "Metrics", "Usage"]


class DayUsage(Model):
    """Uploads of one day (UTC).

    Attributes:
        date: The day.
        documents: Number of uploads.
        bytes: Their size.
    """

    date: date
    documents: int
    bytes: int


class Usage(Resource):
    """How much is in the archive, as far as the caller may see it.

    Attributes:
        since: Begin of the period; ``None`` for the first upload.
        until: End of the period.
        documents_total: Number of documents.
        pages_total: Their pages.
        bytes_total: Their size.
        documents_by_status: Status → number.
        documents_by_backend: Engine → number.
        by_day: Uploads per day.
    """

    since: Timestamp | None = None
    until: Timestamp | None = None
    documents_total: int
    pages_total: int
    bytes_total: int
    documents_by_status: dict[str, int] = Field(default_factory=dict)
    documents_by_backend: dict[str, int] = Field(default_factory=dict)
    by_day: list[DayUsage] = Field(default_factory=list)


class Metrics(Resource):
    """How well recognition works, as far as the caller may see it.

    Attributes:
        since: Begin of the period.
        until: End of the period.
        average_confidence: 0 to 1; ``None`` without documents.
        average_processing_seconds: Seconds; ``None`` without documents.
        success_rate: Share of documents that did not fail, 0 to 1; ``None`` without documents.
        queue_depth: Documents waiting.
        failures_by_code: Error code → number.
    """

    since: Timestamp | None = None
    until: Timestamp | None = None
    average_confidence: Number | None = None
    average_processing_seconds: Number | None = None
    success_rate: Number | None = None
    queue_depth: int
    failures_by_code: dict[str, int] = Field(default_factory=dict)
