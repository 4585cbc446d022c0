"""``client.documents`` of the old client, and pages of documents that API v2 cannot give."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ablage_client_compat import convert
from ablage_client_compat._sync import pages
from ablage_client_compat.connection import MethodGroup
from ablage_client_compat.dialects import document_changes, readable, upload_arguments
from ablage_client_compat.paging.cursors import everything
from ablage_client_compat.paging.documents import Query
from ablage_client_compat.paging.numbered import Span
from ablage_client_compat.paging.response import PaginatedResponse
from ablage_client_compat.warnings import deprecated, legacy

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import ablage_sdk
    from ablage_client_compat.connection import SyncConnection
    from ablage_client_compat.dialects import DocumentID, File
    from ablage_client_compat.models import Document
    from ablage_client_compat.paging.cursors import Ask

__all__ = ["Documents", "list_documents", "search_documents"]


class Documents(MethodGroup):
    """Documents, as dialect A had them."""

    _path: ClassVar[str] = "AblageClient.documents"

    @legacy
    @deprecated("Write `sdk.documents.upload(file)` with `ablage_sdk.AblageSDK`.", category=None)
    def upload(
        self,
        file: File,
        filename: str | None = None,
        ocr_backend: str | None = None,
        metadata: Mapping[str, object] | None = None,
        **extra: object,
    ) -> Document:
        """Upload a document.

        Args:
            file: A path, bytes, or a file opened in binary mode.
            filename: Its name in the archive.
            ocr_backend: ``auto``, ``text-layer`` or ``tesseract``.
            metadata: Own values.
            **extra: ``tags``, ``language``, ``document_type``; anything else is ignored, as the API did.
        """
        arguments = upload_arguments(ocr_backend=ocr_backend, metadata=metadata, **extra)
        return convert.document(self._sdk.documents.upload(readable(file), filename=filename, **arguments))

    @legacy
    @deprecated("Write `sdk.documents.upload(file_path, tags=tags, metadata=metadata)`.", category=None)
    def create(
        self,
        file_path: File,
        tags: Sequence[str] | str | None = None,
        metadata: Mapping[str, object] | None = None,
        **extra: object,
    ) -> Document:
        """Upload a document from a path; see `upload`."""
        arguments = upload_arguments(tags=tags, metadata=metadata, **extra)
        return convert.document(self._sdk.documents.upload(readable(file_path), **arguments))

    @legacy
    @deprecated("Write `sdk.documents.get(document_id)`.", category=None)
    def get(self, document_id: DocumentID) -> Document:
        """Return a document."""
        return convert.document(self._sdk.documents.get(str(document_id)))

    @legacy
    @deprecated("Write `sdk.documents.list(limit=…)`; its pages follow each other by cursor.", category=None)
    def list(
        self,
        page: int = 1,
        page_size: int = 20,
        status: str | None = None,
        sort_by: str = "created_at",
        sort_order: str = "desc",
    ) -> PaginatedResponse[Document]:
        """Return a page of documents."""
        query = Query(status=status, sort_by=sort_by, sort_order=sort_order)
        return list_documents(self._connection, query, Span.page(page, page_size))

    @legacy
    @deprecated("Write `sdk.documents.update(document_id, tags=…, metadata=…)`.", category=None)
    def update(
        self,
        document_id: DocumentID,
        metadata: Mapping[str, object] | None = None,
        tags: Sequence[str] | None = None,
    ) -> Document:
        """Replace the metadata or the tags of a document."""
        return convert.document(
            self._sdk.documents.update(str(document_id), **document_changes(tags, metadata))
        )

    @legacy
    @deprecated("Write `sdk.documents.delete(document_id)`.", category=None)
    def delete(self, document_id: DocumentID) -> None:
        """Delete a document."""
        self._sdk.documents.delete(str(document_id))

    @legacy
    @deprecated("Write `sdk.documents.download(document_id)`, or with a path to write to.", category=None)
    def download(self, document_id: DocumentID, output_path: str | os.PathLike[str] | None = None) -> bytes:
        """Return the file of a document, after writing it to ``output_path`` if there is one."""
        content = self._sdk.documents.download(str(document_id))
        if output_path is not None:
            Path(output_path).write_bytes(content)
        return content

    @legacy
    @deprecated("Write `sdk.documents.wait_for_completion(document_id, timeout=…)`.", category=None)
    def wait_for_completion(
        self,
        document_id: DocumentID,
        timeout: float = 300,
        poll_interval: float = 2,  # noqa: ARG002  # the SDK lets the server tell it
    ) -> Document:
        """Wait until a document is recognised.

        Args:
            document_id: The document.
            timeout: Seconds.
            poll_interval: Has no effect any more: the server answers as soon as the document is done.

        Raises:
            TimeoutError: It was not done in time.
            AblageAPIError: Recognition failed.
        """
        return convert.document(
            self._sdk.documents.wait_for_completion(str(document_id), timeout=max(timeout, 0.001))
        )

    @legacy
    @deprecated("Write `sdk.documents.get_extracted_text(document_id)`.", category=None)
    def get_ocr_text(self, document_id: DocumentID) -> str:
        """Return the recognised text."""
        return self._sdk.documents.get_extracted_text(str(document_id))

    @legacy
    @deprecated("Write `sdk.documents.get_extracted_text(document_id)`.", category=None)
    def get_extracted_text(self, document_id: DocumentID) -> str:
        """Return the recognised text."""
        return self._sdk.documents.get_extracted_text(str(document_id))

    @legacy
    @deprecated("Write `sdk.documents.reprocess(document_id, ocr_backend=…)`.", category=None)
    def reprocess(self, document_id: DocumentID, ocr_backend: str | None = None) -> Document:
        """Recognise a document again."""
        return convert.document(self._sdk.documents.reprocess(str(document_id), ocr_backend=ocr_backend))


def list_documents(connection: SyncConnection, query: Query, span: Span) -> PaginatedResponse[Document]:
    """Return a page of documents; in an order that API v2 does not have they are sorted here."""
    query.check()
    if query.by_time or connection.only_v1:
        return pages.list_documents(connection, query, span)

    def fetch(ask: Ask) -> ablage_sdk.Page[ablage_sdk.Document]:
        return connection.sdk.documents.list(**query.arguments(ask), cursor=ask.cursor)

    def result(document_id: str) -> ablage_sdk.OCRResult | None:
        return connection.sdk.documents.get(document_id).ocr_result

    documents = query.sort(pages.drive(everything(), fetch))
    page = [
        convert.document(document, result=partial(result, document.id))
        for document in documents[span.offset : span.offset + span.limit]
    ]
    return PaginatedResponse(page, len(documents), span.number, span.limit)


def search_documents(
    connection: SyncConnection, text: str, tag: str | None, span: Span
) -> PaginatedResponse[Document]:
    """Return a page of what the full-text search found; filtering by tag is done here."""
    if tag is None:
        return pages.search_documents(connection, text, span)

    def fetch(ask: Ask) -> ablage_sdk.Page[ablage_sdk.SearchHit]:
        return connection.sdk.documents.search(text, limit=ask.limit, cursor=ask.cursor)

    everywhere: list[ablage_sdk.SearchHit] = pages.drive(everything(), fetch)
    hits = [convert.found_document(hit) for hit in everywhere if tag in hit.tags]
    return PaginatedResponse(hits[span.offset : span.offset + span.limit], len(hits), span.number, span.limit)
