"""The endpoints of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypedDict

from ablage_sdk import formats
from ablage_sdk._endpoints._endpoint import Endpoint
from ablage_sdk._models.document import BatchDeleteResult, Document, ExtractedText, SearchHit
from ablage_sdk._operation import V1, nothing, one, page_of, timestamp
from ablage_sdk._v1 import listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ablage_sdk._operation import Parameter


class DocumentFilters(TypedDict, total=False):
    """What a list of documents can be narrowed by; ``None`` is the same as left out.

    Attributes:
        limit: Items per page, at most 200.
        status: Only documents with this status.
        tag: Only documents with this tag.
        language: Only documents in this language.
        ocr_backend: Only documents read by this engine.
        document_type: Only documents of this type.
        created_after: Only documents uploaded after this time.
        created_before: Only documents uploaded before this time.
        order: By time of upload; ``desc`` is newest first.
        include: ``["ocr_result"]`` for the recognised blocks too, which lists leave out.
    """

    limit: int | None
    status: str | None
    tag: str | None
    language: str | None
    ocr_backend: str | None
    document_type: str | None
    created_after: datetime | None
    created_before: datetime | None
    order: Literal["asc", "desc"] | None
    include: Sequence[Literal["ocr_result"]] | None


def parameters(filters: DocumentFilters, cursor: str | None = None) -> dict[str, Parameter]:
    """Return the query of a list.

    Raises:
        ConfigurationError: A time has no zone.
        TypeError: There is no such filter.
    """
    for name in filters:
        if name not in DocumentFilters.__annotations__:
            msg = f"unexpected keyword argument {name!r}; a list takes cursor, " + ", ".join(
                DocumentFilters.__annotations__
            )
            raise TypeError(msg)
    return {
        "limit": filters.get("limit"),
        "cursor": cursor,
        "status": filters.get("status"),
        "tag": filters.get("tag"),
        "language": filters.get("language"),
        "ocr_backend": filters.get("ocr_backend"),
        "document_type": filters.get("document_type"),
        "created_after": timestamp("created_after", filters.get("created_after")),
        "created_before": timestamp("created_before", filters.get("created_before")),
        "order": filters.get("order"),
        "include": filters.get("include"),
    }


UPLOAD: Final = Endpoint(
    "documents.upload", "POST", "/documents/upload", one(Document), v1=V1(answer=formats.documents.up)
)
LIST: Final = Endpoint(
    "documents.list",
    "GET",
    "/documents",
    page_of(Document),
    v1=listed(formats.documents.up, "status", "tag"),
)
SEARCH: Final = Endpoint(
    "documents.search",
    "GET",
    "/documents/search",
    page_of(SearchHit),
    v1=listed(formats.documents.up, "q"),
)
GET: Final = Endpoint(
    "documents.get", "GET", "/documents/{document_id}", one(Document), v1=V1(answer=formats.documents.up)
)
UPDATE: Final = Endpoint(
    "documents.update",
    "PATCH",
    "/documents/{document_id}",
    one(Document),
    v1=V1(parameters=frozenset({"metadata", "tags", "filename"}), answer=formats.documents.up),
)
DELETE: Final = Endpoint(
    "documents.delete", "DELETE", "/documents/{document_id}", nothing, v1=V1(answer=None)
)
DELETE_MANY: Final = Endpoint(
    "documents.delete_many", "POST", "/documents/batch/delete", one(BatchDeleteResult)
)
GET_EXTRACTED_TEXT: Final = Endpoint(
    "documents.get_extracted_text",
    "GET",
    "/documents/{document_id}/extracted-text",
    one(ExtractedText),
    v1=V1(),
)
REPROCESS: Final = Endpoint(
    "documents.reprocess",
    "POST",
    "/documents/{document_id}/reprocess",
    one(Document),
    v1=V1(parameters=frozenset({"ocr_backend"}), answer=formats.documents.up),
)
DOWNLOAD: Final = Endpoint(
    "documents.download", "GET", "/documents/{document_id}/download", nothing, v1=V1(answer=None)
)
