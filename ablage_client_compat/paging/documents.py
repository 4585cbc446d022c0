"""Lists of documents: in any order, and of what a search found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ablage_client_compat import convert
from ablage_client_compat.errors import AblageValidationError
from ablage_client_compat.paging.numbered import Listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    import ablage_sdk
    from ablage_client_compat.models import Document
    from ablage_client_compat.paging.cursors import Ask
    from ablage_sdk import DocumentFilters

__all__ = ["Query", "search_listed"]

#: What v1 can sort by.
_SORT_KEYS = ("created_at", "updated_at", "completed_at", "filename", "size", "status", "confidence_score")


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

    def arguments(self, ask: Ask) -> DocumentFilters:
        """Return what narrows the SDK's ``documents.list``."""
        return {
            "limit": ask.limit,
            "status": self.status,
            "tag": self.tag,
            "document_type": self.document_type,
            "order": cast("Literal['asc', 'desc']", self.sort_order) if self.by_time else None,
            "include": ["ocr_result"] if ask.full else None,
        }

    def sort(self, documents: Sequence[ablage_sdk.Document]) -> list[ablage_sdk.Document]:
        """Order documents as the v1 API did: what has no value comes last, either way."""
        backwards = self.sort_order == "desc"

        def key(document: ablage_sdk.Document) -> tuple[object, str]:
            return getattr(document, self.sort_by), document.id

        with_value = [document for document in documents if getattr(document, self.sort_by) is not None]
        without = [document for document in documents if getattr(document, self.sort_by) is None]
        return [
            *sorted(with_value, key=key, reverse=backwards),
            *sorted(without, key=lambda document: document.id, reverse=backwards),
        ]

    def listed(self) -> Listed[ablage_sdk.Document, Document]:
        """Return the list in both versions."""
        parameters = {name: value for name, value in vars(self).items() if value is not None}
        return Listed("/documents", parameters, convert.document, convert.v1_document)


def search_listed(text: str) -> Listed[ablage_sdk.SearchHit, Document]:
    """Return the list of what a search finds, in both versions."""
    return Listed("/documents/search", {"q": text}, convert.found_document, convert.v1_found_document)
