"""The files of documents, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from ablage_sdk._async import _downloads as downloads
from ablage_sdk._async.resources._document_records import AsyncDocumentRecords
from ablage_sdk._endpoints import documents
from ablage_sdk._sources import Source, Upload, upload_fields

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import BinaryIO

    from pydantic import JsonValue

    from ablage_sdk._async._downloads import AsyncDownload
    from ablage_sdk._models.document import Document
    from ablage_sdk._sources import AsyncFileInput, Progress


class AsyncDocumentFiles(AsyncDocumentRecords):
    """The part of ``sdk.documents`` that moves one file."""

    async def upload(
        self,
        file: AsyncFileInput,
        *,
        filename: str | None = None,
        ocr_backend: str | None = None,
        language: str | None = None,
        document_type: str | None = None,
        tags: Iterable[str] | None = None,
        metadata: Mapping[str, JsonValue] | None = None,
        progress: Progress | None = None,
        idempotency_key: str | None = None,
    ) -> Document:
        """Upload a document. Recognition starts by itself; see `wait_for_completion`.

        The file is sent piece by piece and never held in memory. When the connection breaks, it is sent
        again under the same idempotency key, so that no second document appears; a source that can be
        read only once (an iterator, a pipe) is not sent again.

        Args:
            file: A path, bytes, a file opened with mode ``"rb"``, or an iterable of bytes, which for the
                asynchronous client may be asynchronous.
            filename: Name in the archive; taken from the path or the file when left out.
            ocr_backend: Engine: ``auto``, ``text-layer`` or ``tesseract``; the server's choice when left out.
            language: ISO 639-1 code of the text, such as ``de``.
            document_type: Any label, such as ``invoice``.
            tags: Labels.
            metadata: Own values, kept with the document.
            progress: Called with the bytes sent so far and the total (``None`` if unknown).
            idempotency_key: Uploads with the same key within 24 hours create one document.

        Returns:
            The document, with status ``pending``.

        Raises:
            ConfigurationError: The file cannot be read, or is not opened in binary mode.
            UnsupportedMediaTypeError: The content is not PDF, PNG, JPEG, TIFF or WebP, or is empty.
            PayloadTooLargeError: The file is larger than the server takes.
            ValidationError: An argument has an impossible value, such as an unknown engine.
        """
        fields = upload_fields(
            ocr_backend=ocr_backend,
            language=language,
            document_type=document_type,
            tags=tags,
            metadata=metadata,
        )
        return await self._executor.run(
            documents.UPLOAD(
                upload=Upload(Source(file, filename), fields, progress), idempotency_key=idempotency_key
            )
        )

    async def upload_and_wait(
        self,
        file: AsyncFileInput,
        *,
        filename: str | None = None,
        ocr_backend: str | None = None,
        language: str | None = None,
        document_type: str | None = None,
        tags: Iterable[str] | None = None,
        metadata: Mapping[str, JsonValue] | None = None,
        progress: Progress | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = 300.0,
        raise_on_failure: bool = True,
    ) -> Document:
        """Upload a document and wait until recognition ended: `upload`, then `wait_for_completion`."""
        document = await self.upload(
            file,
            filename=filename,
            ocr_backend=ocr_backend,
            language=language,
            document_type=document_type,
            tags=tags,
            metadata=metadata,
            progress=progress,
            idempotency_key=idempotency_key,
        )
        return await self.wait_for_completion(document.id, timeout=timeout, raise_on_failure=raise_on_failure)

    @overload
    async def download(
        self, document_id: str, to: None = None, *, verify: bool = True, progress: Progress | None = None
    ) -> bytes: ...
    @overload
    async def download(
        self,
        document_id: str,
        to: str | os.PathLike[str],
        *,
        verify: bool = True,
        progress: Progress | None = None,
    ) -> Path: ...
    @overload
    async def download(
        self, document_id: str, to: BinaryIO, *, verify: bool = True, progress: Progress | None = None
    ) -> int: ...
    async def download(
        self,
        document_id: str,
        to: str | os.PathLike[str] | BinaryIO | None = None,
        *,
        verify: bool = True,
        progress: Progress | None = None,
    ) -> bytes | Path | int:
        """Download the file of a document.

        A file at ``to`` appears only when it is complete. What arrived before a failure is kept beside
        it, and the next call goes on from there.

        Args:
            document_id: The document's id.
            to: A path (an existing directory gets a file under the document's name), a file opened with
                mode ``"wb"``, or nothing for the bytes themselves.
            verify: Compare the SHA-256 checksum with the server's, where it has one.
            progress: Called with the bytes received so far and the total (``None`` if unknown).

        Returns:
            The bytes, the path written, or the number of bytes written to the file object.

        Raises:
            DownloadIntegrityError: What arrived is not what is stored.
            NotFoundError: There is no such document, or it belongs to someone else.
        """
        return await self._download(document_id, to, verify=verify, progress=progress)

    async def _download(
        self,
        document_id: str,
        to: str | os.PathLike[str] | BinaryIO | None,
        *,
        verify: bool,
        progress: Progress | None,
    ) -> bytes | Path | int:
        return await downloads.download(self._executor, document_id, to, verify=verify, progress=progress)

    def stream(self, document_id: str) -> AbstractAsyncContextManager[AsyncDownload]:
        """Open the file of a document for reading piece by piece.

        Returns:
            A context manager; what it gives is iterable, and knows ``size`` and ``content_type``.
        """
        return downloads.stream(self._executor, document_id)
