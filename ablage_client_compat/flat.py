"""The methods that dialects B and C had on the client itself.

B returned JSON and C objects; what is returned here is both. Where the two gave one name different
parameters, the arguments decide: ``list_documents(2, 50)`` is B's page 2, ``list_documents("completed")`` C's
status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, overload

from ablage_client_compat import convert
from ablage_client_compat.calls import deprecated, legacy
from ablage_client_compat.documents import readable, upload_arguments
from ablage_client_compat.paging.documents import Query, Span, list_documents, search_documents
from ablage_client_compat.records import Record

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import ablage_sdk
    from ablage_client_compat.connection import Connection
    from ablage_client_compat.documents import DocumentID, File
    from ablage_client_compat.models import Document, User
    from ablage_client_compat.paging.response import PaginatedResponse

__all__ = ["Flat", "described", "job", "listed"]

_PROGRESS = {"pending": 0, "processing": 50}
_DONE = 100


class Flat:
    """Dialects B and C; see the module."""

    _path: ClassVar[str] = "AblageClient"
    _connection: Connection[ablage_sdk.AblageSDK]

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

    @legacy
    @deprecated("Write `sdk.documents.upload(path, tags=…, metadata=…, ocr_backend=…)`.", category=None)
    def upload_document(self, file_path: File | None = None, *described_by: Any, **keywords: Any) -> Document:
        """Upload a document.

        B: ``upload_document(path, tags, metadata)``; C: ``upload_document(path, ocr_backend, priority)``.
        The priority has no effect.
        """
        file, arguments = described(file_path, described_by, keywords)
        return convert.document(self._connection.sdk.documents.upload(file, **arguments))

    @legacy
    @deprecated("Write `sdk.documents.upload_many(paths)`.", category=None)
    def batch_upload(self, paths: Iterable[File], **keywords: Any) -> list[Document]:
        """Upload several documents, in order."""
        arguments = upload_arguments(**keywords)
        upload = self._connection.sdk.documents.upload
        return [convert.document(upload(readable(path), **arguments)) for path in paths]

    @legacy
    @deprecated("Write `sdk.documents.get(document_id)`.", category=None)
    def get_document(self, document_id: DocumentID) -> Document:
        """Return a document."""
        return convert.document(self._connection.sdk.documents.get(str(document_id)))

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
    def list_documents(self, *positional: Any, **keywords: Any) -> PaginatedResponse[Document]:
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
        metadata: Mapping[str, Any] | None = None,
    ) -> Document:
        """Replace the tags or the metadata of a document."""
        update = self._connection.sdk.documents.update
        return convert.document(update(str(document_id), tags=tags, metadata=metadata))

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

    @legacy
    @deprecated("Write `sdk.documents.reprocess(document_id, ocr_backend=…)`.", category=None)
    def reprocess_document(self, document_id: DocumentID, backend: str | None = None) -> Document:
        """Recognise a document again."""
        reprocess = self._connection.sdk.documents.reprocess
        return convert.document(reprocess(str(document_id), ocr_backend=backend))

    @legacy
    @deprecated("Write `sdk.documents.wait_for_completion(document_id, timeout=…)`.", category=None)
    def wait_for_processing(
        self,
        document_id: DocumentID,
        timeout: float = 300,
        poll_interval: float = 2,  # noqa: ARG002  # the server answers as soon as the document is done
    ) -> Document:
        """Wait until a document is recognised; seconds.

        Raises:
            TimeoutError: It was not done in time.
            AblageAPIError: Recognition failed.
        """
        wait = self._connection.sdk.documents.wait_for_completion
        return convert.document(wait(str(document_id), timeout=max(timeout, 0.001)))


def described(
    file: File | None, positional: Sequence[Any], keywords: dict[str, Any]
) -> tuple[File, dict[str, Any]]:
    """Return file and arguments of an upload in the words of either dialect.

    Raises:
        TypeError: There is no file, or an argument of neither dialect.
    """
    given = {name: value for name, value in keywords.items() if value is not None}
    named = [given.pop(name) for name in ("path", "file") if name in given]
    file = next(iter(named), file)
    if file is None:
        raise TypeError("upload_document() needs a path")
    for value in positional:
        if value is None:
            continue
        kinds = {
            str: "ocr_backend",
            dict: "metadata",
            int: "priority",
            list: "tags",
            tuple: "tags",
            set: "tags",
        }
        name = next((name for kind, name in kinds.items() if isinstance(value, kind)), None)
        if name is None or name in given:
            raise TypeError(f"upload_document() does not know what to do with the argument {value!r}")
        given[name] = value
    if isinstance(given.get("tags"), set):
        given["tags"] = sorted(given["tags"])
    return readable(file), upload_arguments(**given)


def listed(positional: Sequence[Any], keywords: dict[str, Any]) -> tuple[Query, Span]:
    """Return what ``list_documents`` asks for in the words of either dialect.

    Raises:
        TypeError: An argument belongs to neither dialect.
    """
    by_page = ("page", "per_page", "tag", "status")
    by_offset = ("status", "document_type", "limit", "offset")
    # None, as in list_documents(None, "invoice"), can only be C's status.
    names = by_offset if positional and not isinstance(positional[0], int) else by_page
    given = dict(zip(names, positional, strict=False))
    if len(positional) > len(names) or not given.keys().isdisjoint(keywords):
        raise TypeError(f"list_documents() takes {', '.join(names)}, each once")
    given |= keywords
    unknown = given.keys() - {*by_page, *by_offset, "page_size"}
    if unknown:
        raise TypeError(f"list_documents() has no parameter {', '.join(sorted(unknown))}")
    query = Query(given.get("status"), given.get("tag"), given.get("document_type"))
    if given.get("limit") is not None or given.get("offset"):
        return query, Span.part(given.get("offset") or 0, given.get("limit") or 20)
    return query, Span.page(given.get("page", 1), given.get("per_page", given.get("page_size", 20)))


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
