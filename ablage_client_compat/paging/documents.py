"""Pages of documents: in any order, and of what a search found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import ablage_sdk
from ablage_client_compat import convert
from ablage_client_compat.errors import AblageValidationError
from ablage_client_compat.paging.cursors import Ask, drive, everything
from ablage_client_compat.paging.numbered import Listed, Span, numbered
from ablage_client_compat.paging.response import PaginatedResponse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ablage_client_compat.connection import SyncConnection
    from ablage_client_compat.models import Document

__all__ = ["Query", "Span", "list_documents", "search_documents", "search_listed"]

#: What v1 can sort by.
_SORT_KEYS = ("created_at", "updated_at", "completed_at", "filename", "size", "status", "confidence_score")

#: The longest period that the server counts over. There were no documents before.
_LONGEST_PERIOD = timedelta(days=3650)


@dataclass(frozen=True)
class Query:
    """Which documents, in which order."""

    status: str | None = None
    tag: str | None = None
    document_type: str | None = None
    sort_by: str = "created_at"
    sort_order: str = "desc"

    def check(self) -> None:
        """Refuse what v1 refused.

        Raises:
            AblageValidationError: The order is none of those that v1 knew.
        """
        for name, value, known in (
            ("sort_by", self.sort_by, _SORT_KEYS),
            ("sort_order", self.sort_order, ("asc", "desc")),
        ):
            if value not in known:
                raise AblageValidationError(
                    f"{name} must be one of {', '.join(known)}; got {value!r}", 422, "VALIDATION_ERROR"
                )

    @property
    def by_time(self) -> bool:
        """Whether API v2 has this order."""
        return self.sort_by == "created_at"

    def arguments(self, ask: Ask) -> dict[str, Any]:
        """Return the arguments of the SDK's ``documents.list``."""
        return {
            "limit": ask.limit,
            "cursor": ask.cursor,
            "status": self.status,
            "tag": self.tag,
            "document_type": self.document_type,
            "order": self.sort_order if self.by_time else None,
            "include": ["ocr_result"] if ask.full else None,
        }

    def sort(self, documents: Sequence[ablage_sdk.Document]) -> list[ablage_sdk.Document]:
        """Order documents as the v1 API did: what has no value comes last, either way."""
        backwards = self.sort_order == "desc"

        def key(document: ablage_sdk.Document) -> tuple[Any, str]:
            return getattr(document, self.sort_by), document.id

        with_value = [document for document in documents if getattr(document, self.sort_by) is not None]
        without = [document for document in documents if getattr(document, self.sort_by) is None]
        return [
            *sorted(with_value, key=key, reverse=backwards),
            *sorted(without, key=lambda document: document.id, reverse=backwards),
        ]

    def listed(self) -> Listed[Document]:
        """Return the list in both versions."""
        parameters = {name: value for name, value in vars(self).items() if value is not None}
        return Listed("/documents", parameters, convert.document, convert.v1_document)


def search_listed(text: str) -> Listed[Document]:
    """Return the list of what a search finds, in both versions."""
    return Listed("/documents/search", {"q": text}, convert.found_document, convert.v1_found_document)


def list_documents(connection: SyncConnection, query: Query, span: Span) -> PaginatedResponse[Document]:
    """Return a page of documents."""
    query.check()

    def fetch(ask: Ask) -> ablage_sdk.Page[ablage_sdk.Document]:
        return connection.sdk.documents.list(**query.arguments(ask))

    if query.by_time or connection.only_v1:
        return numbered(connection, query.listed(), span, fetch, lambda: _total(connection, query))

    # API v2 has one order only: sort here.
    def result(document_id: str) -> ablage_sdk.OCRResult | None:
        return connection.sdk.documents.get(document_id).ocr_result

    documents = query.sort(drive(everything(), fetch))
    page = [
        convert.document(document, result=partial(result, document.id))
        for document in documents[span.offset : span.offset + span.limit]
    ]
    return PaginatedResponse(page, len(documents), span.number, span.limit)


def _total(connection: SyncConnection, query: Query) -> int | None:
    """Return how many documents there are, when one request can tell."""
    if query.tag is not None or query.document_type is not None:
        return None
    until = datetime.now(UTC) + timedelta(days=1)  # clocks differ
    try:
        usage = connection.sdk.analytics.usage(since=until - _LONGEST_PERIOD, until=until)
    except ablage_sdk.APIStatusError:
        return None  # the key may be allowed to read documents only
    return usage.documents_total if query.status is None else usage.documents_by_status.get(query.status, 0)


def search_documents(
    connection: SyncConnection, text: str, tag: str | None, span: Span
) -> PaginatedResponse[Document]:
    """Return a page of what the full-text search found; filtering by tag is done here."""

    def fetch(ask: Ask) -> ablage_sdk.Page[ablage_sdk.SearchHit]:
        return connection.sdk.documents.search(text, limit=ask.limit, cursor=ask.cursor)

    if tag is None:
        return numbered(connection, search_listed(text), span, fetch)
    everywhere: list[ablage_sdk.SearchHit] = drive(everything(), fetch)
    hits = [convert.found_document(hit) for hit in everywhere if tag in hit.tags]
    return PaginatedResponse(hits[span.offset : span.offset + span.limit], len(hits), span.number, span.limit)
