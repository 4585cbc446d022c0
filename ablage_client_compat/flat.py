"""The methods that dialects B and C had on the client itself.

B returned JSON and C objects; what is returned here is both. What the async client has too is in
`CommonClient`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from ablage_client_compat import convert
from ablage_client_compat._sync.client import CommonClient
from ablage_client_compat.dialects import document_changes, listed
from ablage_client_compat.documents import list_documents, search_documents
from ablage_client_compat.models import Record
from ablage_client_compat.paging.numbered import Span
from ablage_client_compat.warnings import deprecated, legacy

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import ablage_sdk
    from ablage_client_compat.dialects import DocumentID
    from ablage_client_compat.models import Document, User
    from ablage_client_compat.paging.response import PaginatedResponse

__all__ = ["Flat", "job"]

_PROGRESS = {"pending": 0, "processing": 50}
_DONE = 100


class Flat(CommonClient):
    """Dialects B and C; see the module."""

    # --- who is calling -----------------------------------------------------------------------------

    @legacy
    @deprecated("Write `sdk.auth.login(email, password)`, or use an API key.", category=None)
    def login(
        self,
        username: str | None = None,
        password: str = "",
        *,
        email: str | None = None,
    ) -> Record:
        """Log in; the requests that follow carry the login.

        Returns:
            ``access_token``, ``refresh_token``, ``token_type``, ``expires_in`` and ``user``.

        Raises:
            AblageAuthenticationError: The name or the password is wrong.
        """
        return convert.token(self._connection.sdk.auth.login(username or email or "", password))

    @legacy
    @deprecated("Write `sdk.auth.logout()`.", category=None)
    def logout(self) -> None:
        """Revoke the login."""
        self._connection.sdk.auth.logout()

    @legacy
    @deprecated("Write `sdk.auth.me()`.", category=None)
    def get_current_user(self) -> User:
        """Return the user behind the API key or the login."""
        return convert.user(self._connection.sdk.auth.me())

    @legacy
    @deprecated("Write `sdk.health.check()`.", category=None)
    def health_check(self) -> Record:
        """Return ``{"status": …}``."""
        return convert.record(self._connection.sdk.health.check())

    # --- documents ----------------------------------------------------------------------------------

    @overload
    def list_documents(
        self, page: int = 1, per_page: int = 20, tag: str | None = None, status: str | None = None
    ) -> PaginatedResponse[Document]: ...
    @overload
    def list_documents(
        self,
        status: str | None = None,
        document_type: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> PaginatedResponse[Document]: ...
    @legacy
    @deprecated("Write `sdk.documents.list(limit=…)`, or `sdk.documents.iterate()` for all.", category=None)
    def list_documents(self, *positional: object, **keywords: object) -> PaginatedResponse[Document]:
        """Return a page of documents.

        B: ``list_documents(page, per_page, tag, status)``; C: ``list_documents(status, document_type, limit,
        offset)``.
        """
        return list_documents(self._connection, *listed(positional, keywords))

    @legacy
    @deprecated("Write `sdk.documents.search(text)`.", category=None)
    def search_documents(
        self,
        query: str,
        tag: str | int | None = None,
        page: int = 1,
        per_page: int = 20,
        *,
        limit: int | None = None,
    ) -> PaginatedResponse[Document]:
        """Search the text of all documents; each hit has ``score``, ``relevance_score`` and ``highlight``.

        B: ``search_documents(query, tag, page, per_page)``; C: ``search_documents(query, limit)``.
        """
        if isinstance(tag, int):
            tag, limit = None, tag
        span = Span.page(page, per_page) if limit is None else Span.part(0, limit)
        return search_documents(self._connection, query, tag, span)

    @legacy
    @deprecated("Write `sdk.documents.update(document_id, tags=…, metadata=…)`.", category=None)
    def update_document(
        self,
        document_id: DocumentID,
        tags: Sequence[str] | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> Document:
        """Replace the tags or the metadata of a document."""
        update = self._connection.sdk.documents.update
        return convert.document(update(str(document_id), **document_changes(tags, metadata)))

    @legacy
    @deprecated("Write `sdk.documents.delete(document_id)`.", category=None)
    def delete_document(self, document_id: DocumentID) -> None:
        """Delete a document."""
        self._connection.sdk.documents.delete(str(document_id))

    @overload
    def download_document(self, document_id: DocumentID) -> bytes: ...
    @overload
    def download_document(self, document_id: DocumentID, output_path: str | os.PathLike[str]) -> Path: ...
    @legacy
    @deprecated("Write `sdk.documents.download(document_id, path)`.", category=None)
    def download_document(
        self, document_id: DocumentID, output_path: str | os.PathLike[str] | None = None
    ) -> bytes | Path:
        """Write the file of a document to a path and return that, or return the bytes."""
        if output_path is None:
            return self._connection.sdk.documents.download(str(document_id))
        return self._connection.sdk.documents.download(str(document_id), output_path)

    # --- recognition --------------------------------------------------------------------------------

    @legacy
    @deprecated("Write `sdk.documents.reprocess(document_id, ocr_backend=…)`.", category=None)
    def start_ocr(
        self,
        document_id: DocumentID,
        backend: str | None = None,
        force_reprocess: bool = False,  # noqa: FBT001, FBT002  # as it was
    ) -> Record:
        """Have a document recognised, unless it is already or is about to be.

        Returns:
            ``{"job_id", "status"}`` for `get_ocr_status`. Recognition starts with the upload, so that a
            document has one job, under its own id.
        """
        documents = self._connection.sdk.documents
        document = documents.get(str(document_id))
        if document.status == "failed" or (document.status == "completed" and force_reprocess):
            document = documents.reprocess(document.id, ocr_backend=backend)
        return Record(job_id=document.id, status=str(document.status))

    @legacy
    @deprecated(
        "Write `sdk.documents.get(document_id)`, or `.wait_for_completion(document_id)`.", category=None
    )
    def get_ocr_status(self, job_id: DocumentID) -> Record:
        """Return how far recognition is.

        Returns:
            ``status``, ``progress`` (percent), ``processing_time_ms``, ``result`` (with ``confidence``, None
            until completed) and ``error`` (text or None).
        """
        return job(self._connection.sdk.documents.get(str(job_id)))


def job(document: ablage_sdk.Document) -> Record:
    """Return the state of a document as that of a job."""
    result, status = document.ocr_result, str(document.status)
    confidence = document.confidence_score
    return Record(
        job_id=document.id,
        document_id=document.id,
        status=status,
        progress=_PROGRESS.get(status, _DONE),
        processing_time_ms=round(result.metadata.processing_time * 1000) if result else None,
        result=Record(
            confidence=float(confidence or 0),
            text=document.extracted_text or "",
            backend=document.ocr_backend,
        )
        if status == "completed"
        else None,
        error=document.error.message if document.error else None,
    )
