"""``client.documents`` of the old client."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, TypeAlias

from ablage_client_compat import convert
from ablage_client_compat.calls import deprecated, legacy
from ablage_client_compat.method_group import Resource
from ablage_client_compat.paging.documents import Query, Span, list_documents

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from ablage_client_compat.models import Document
    from ablage_client_compat.paging.response import PaginatedResponse

__all__ = ["DocumentID", "Documents", "File", "readable", "upload_arguments"]

#: What could be uploaded.
File: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO"
#: Ids are strings; a `uuid.UUID` serves as well.
DocumentID: TypeAlias = "str | object"


class Documents(Resource):
    """Documents, as dialect A had them."""

    _path: ClassVar[str] = "AblageClient.documents"

    @legacy
    @deprecated("Write `sdk.documents.upload(file)` with `ablage_sdk.AblageSDK`.", category=None)
    def upload(
        self,
        file: File,
        filename: str | None = None,
        ocr_backend: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        **extra: Any,
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
        metadata: Mapping[str, Any] | None = None,
        **extra: Any,
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
        metadata: Mapping[str, Any] | None = None,
        tags: Sequence[str] | None = None,
    ) -> Document:
        """Replace the metadata or the tags of a document."""
        return convert.document(self._sdk.documents.update(str(document_id), metadata=metadata, tags=tags))

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


def readable(file: File) -> File:
    """Return ``file``, after making sure that a path can be opened, with the errors of `open`.

    Raises:
        OSError: It cannot: `FileNotFoundError`, `IsADirectoryError`, `PermissionError`.
    """
    if isinstance(file, (bytes, bytearray, memoryview)) or hasattr(file, "read"):
        return file
    with Path(file).open("rb"):
        return file


def upload_arguments(
    *,
    tags: Sequence[str] | str | None = None,
    metadata: Mapping[str, Any] | None = None,
    ocr_backend: str | None = None,
    language: str | None = None,
    document_type: str | None = None,
    **_ignored: Any,
) -> dict[str, Any]:
    """Return the arguments of the SDK's ``documents.upload`` for those of any dialect."""
    if isinstance(tags, str):
        tags = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return {
        "tags": tags,
        "metadata": metadata,
        "ocr_backend": ocr_backend,
        "language": language,
        "document_type": document_type,
    }
