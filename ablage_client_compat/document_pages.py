"""Numbered and sorted pages of documents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from ablage_client_compat import convert
from ablage_client_compat.errors import AblageValidationError
from ablage_client_compat.listing import Ask, Window, count, drive, everything, window
from ablage_client_compat.pages import PaginatedResponse
from ablage_client_compat.records import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ablage_sdk
    from ablage_client_compat.connection import Connection
    from ablage_client_compat.models import Document

__all__ = ["Query", "Span", "list_documents", "search_documents"]

#: What v1 can sort by.
_SORT_KEYS = ("created_at", "updated_at", "completed_at", "filename", "size", "status", "confidence_score")

SyncConnection: TypeAlias = "Connection[ablage_sdk.AblageSDK]"


@dataclass(frozen=True)
class Span:
    """Which part of a list: ``limit`` items after the first ``offset``."""

    offset: int
    limit: int

    @classmethod
    def page(cls, page: int, page_size: int) -> Span:
        """Return the span of a numbered page.

        Raises:
            AblageValidationError: There is no such page.
        """
        if page < 1:
            raise AblageValidationError(f"page must be 1 or more; got {page}", 422, "VALIDATION_ERROR")
        return cls.part(page_size * (page - 1), page_size)

    @classmethod
    def part(cls, offset: int, limit: int) -> Span:
        """Return the span of an offset and a limit.

        Raises:
            AblageValidationError: One of them is impossible.
        """
        if limit < 1 or offset < 0:
            raise AblageValidationError(
                f"a page must hold 1 item or more and begin at 0 or later; got {limit} from {offset}",
                422,
                "VALIDATION_ERROR",
            )
        return cls(offset, limit)


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


def list_documents(connection: SyncConnection, query: Query, span: Span) -> PaginatedResponse[Document]:
    """Return a page of documents."""
    query.check()
    if not query.by_time:
        return _sorted_page(connection, query, span)

    def fetch(ask: Ask) -> ablage_sdk.Page[ablage_sdk.Document]:
        return connection.sdk.documents.list(**query.arguments(ask))

    found: Window[ablage_sdk.Document] = drive(
        window(query, span.offset, span.limit, connection.bookmarks), fetch
    )
    return as_page(found, span, convert.document, lambda: drive(count(found), fetch))


def _sorted_page(connection: SyncConnection, query: Query, span: Span) -> PaginatedResponse[Document]:
    """Sort here: API v2 has one order only."""

    def fetch(ask: Ask) -> ablage_sdk.Page[ablage_sdk.Document]:
        return connection.sdk.documents.list(**query.arguments(ask))

    def result(document_id: str) -> ablage_sdk.OCRResult | None:
        return connection.sdk.documents.get(document_id).ocr_result

    documents = query.sort(drive(everything(), fetch))
    return PaginatedResponse(
        [
            convert.document(document, result=partial(result, document.id))
            for document in documents[span.offset : span.offset + span.limit]
        ],
        len(documents),
        span.offset // span.limit + 1,
        span.limit,
    )


def search_documents(
    connection: SyncConnection, text: str, tag: str | None, span: Span
) -> PaginatedResponse[Document]:
    """Return a page of what the full-text search found; filtering by tag is done here."""

    def fetch(ask: Ask) -> ablage_sdk.Page[ablage_sdk.SearchHit]:
        return connection.sdk.documents.search(text, limit=ask.limit, cursor=ask.cursor)

    if tag is None:
        found: Window[ablage_sdk.SearchHit] = drive(
            window(("search", text), span.offset, span.limit, connection.bookmarks), fetch
        )
    else:
        hits: list[ablage_sdk.SearchHit] = drive(everything(), fetch)
        hits = [hit for hit in hits if tag in hit.tags]
        found = Window(hits[span.offset : span.offset + span.limit], len(hits), None)
    return as_page(found, span, convert.found_document, lambda: drive(count(found), fetch))


def numbered(
    connection: SyncConnection,
    which: str,
    span: Span,
    list_: Callable[..., ablage_sdk.Page[Any]],
    make: Callable[[Any], Any],
) -> PaginatedResponse[Any]:
    """Return a page of any other list of the SDK."""

    def fetch(ask: Ask) -> ablage_sdk.Page[Any]:
        return list_(limit=ask.limit, cursor=ask.cursor)

    found: Window[Any] = drive(window(which, span.offset, span.limit, connection.bookmarks), fetch)
    return as_page(found, span, make, lambda: drive(count(found), fetch))


def as_page(
    found: Window[Any], span: Span, make: Callable[[Any], Any], total: Callable[[], int]
) -> PaginatedResponse[Any]:
    """Return a window as a page; counting what follows is put off until somebody asks."""
    return PaginatedResponse(
        [make(item) for item in found.items],
        found.end if found.cursor is None else Deferred(total),
        span.offset // span.limit + 1,
        span.limit,
    )
