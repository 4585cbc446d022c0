# Generated from ablage_sdk/_async/resources/documents.py by scripts/generate_sync.py: do not edit.
"""Documents: upload, read, change, delete, and wait for recognition."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from ablage_sdk._models.document import BatchDeleteResult, Document, ExtractedText, SearchHit
from ablage_sdk._operation import Operation, one, path, timestamp
from ablage_sdk._operation import nothing as no_content
from ablage_sdk._sources import Source, Upload, upload_fields
from ablage_sdk._sync import _bulk as bulk
from ablage_sdk._sync import _downloads as downloads
from ablage_sdk._sync import _waiting as waiting
from ablage_sdk._sync._pages import Items
from ablage_sdk._sync._resource import Resource

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from typing import BinaryIO

    from pydantic import JsonValue

    from ablage_sdk._bulk import Outcome
    from ablage_sdk._sources import FileInput, Progress
    from ablage_sdk._sync._downloads import Download
    from ablage_sdk._sync._pages import Page


class Documents(Resource):
    """``sdk.documents``."""

    def upload(
        self,
        file: FileInput,
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
        return self._executor.run(
            Operation(
                name="documents.upload",
                method="POST",
                path="/documents/upload",
                upload=Upload(Source(file, filename), fields, progress),
                idempotency_key=idempotency_key,
                read=one(Document),
            )
        )

    def get(self, document_id: str, *, wait: float | None = None) -> Document:
        """Return a document.

        Args:
            document_id: Its id.
            wait: Let the server hold the answer until recognition ended, or for this long (seconds, at
                most 60). A server that cannot do that answers at once.

        Raises:
            NotFoundError: There is no such document, or it belongs to someone else.
        """
        return self._executor.run(
            Operation(
                name="documents.get",
                method="GET",
                path=path("/documents/{document_id}", document_id=document_id),
                headers=(("prefer", f"wait={max(1, round(wait))}"),) if wait else (),
                extra_read_time=wait or 0.0,
                read=one(Document),
            )
        )

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: str | None = None,
        tag: str | None = None,
        language: str | None = None,
        ocr_backend: str | None = None,
        document_type: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        order: Literal["asc", "desc"] | None = None,
        include: Sequence[Literal["ocr_result"]] | None = None,
    ) -> Page[Document]:
        """Return a page of documents, newest first.

        Args:
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.
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
        return self._page(
            "documents.list",
            "/documents",
            Document,
            {
                "limit": limit,
                "cursor": cursor,
                "status": status,
                "tag": tag,
                "language": language,
                "ocr_backend": ocr_backend,
                "document_type": document_type,
                "created_after": timestamp("created_after", created_after),
                "created_before": timestamp("created_before", created_before),
                "order": order,
                "include": include,
            },
        )

    def iterate(
        self,
        *,
        limit: int | None = None,
        status: str | None = None,
        tag: str | None = None,
        language: str | None = None,
        ocr_backend: str | None = None,
        document_type: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        order: Literal["asc", "desc"] | None = None,
        include: Sequence[Literal["ocr_result"]] | None = None,
    ) -> Items[Document]:
        """Yield all documents, page by page; the arguments are those of `list`."""
        return Items(
            partial(
                self.list,
                limit=limit,
                status=status,
                tag=tag,
                language=language,
                ocr_backend=ocr_backend,
                document_type=document_type,
                created_after=created_after,
                created_before=created_before,
                order=order,
                include=include,
            )
        )

    def search(self, q: str, *, limit: int | None = None, cursor: str | None = None) -> Page[SearchHit]:
        """Search the text of all documents; German words match in all their forms.

        Args:
            q: Words to look for.
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.

        Returns:
            The hits, best first.
        """
        return self._page(
            "documents.search", "/documents/search", SearchHit, {"q": q, "limit": limit, "cursor": cursor}
        )

    def update(
        self,
        document_id: str,
        *,
        filename: str | None = None,
        tags: Iterable[str] | None = None,
        metadata: Mapping[str, JsonValue] | None = None,
        if_match: Document | str | None = None,
    ) -> Document:
        """Change a document; what is left out stays as it is.

        Args:
            document_id: Its id.
            filename: New name.
            tags: New labels, in place of all present ones.
            metadata: New own values, in place of all present ones.
            if_match: Change it only if it is still as in this document (from `get`) or ETag.

        Raises:
            PreconditionFailedError: It changed since; get it again and decide anew.
            NotFoundError: There is no such document, or it belongs to someone else.
        """
        etag = if_match.etag if isinstance(if_match, Document) else if_match
        changes: dict[str, JsonValue] = {}
        if filename is not None:
            changes["filename"] = filename
        if tags is not None:
            changes["tags"] = list(tags)
        if metadata is not None:
            changes["metadata"] = dict(metadata)
        return self._executor.run(
            Operation(
                name="documents.update",
                method="PATCH",
                path=path("/documents/{document_id}", document_id=document_id),
                json=changes,
                headers=(("if-match", etag),) if etag else (),
                read=one(Document),
            )
        )

    def delete(self, document_id: str) -> None:
        """Delete a document and its file.

        Raises:
            NotFoundError: There is no such document, or it belongs to someone else.
        """
        self._executor.run(
            Operation(
                name="documents.delete",
                method="DELETE",
                path=path("/documents/{document_id}", document_id=document_id),
                read=no_content,
            )
        )

    def delete_many(self, document_ids: Iterable[str]) -> BatchDeleteResult:
        """Delete several documents in one request.

        Returns:
            What happened to each: one that does not exist is no error.
        """
        return self._executor.run(
            Operation(
                name="documents.delete_many",
                method="POST",
                path="/documents/batch/delete",
                json={"document_ids": list(document_ids)},
                read=one(BatchDeleteResult),
            )
        )

    @overload
    def download(
        self, document_id: str, to: None = None, *, verify: bool = True, progress: Progress | None = None
    ) -> bytes: ...
    @overload
    def download(
        self,
        document_id: str,
        to: str | os.PathLike[str],
        *,
        verify: bool = True,
        progress: Progress | None = None,
    ) -> Path: ...
    @overload
    def download(
        self, document_id: str, to: BinaryIO, *, verify: bool = True, progress: Progress | None = None
    ) -> int: ...
    def download(
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
        return downloads.download(self._executor, document_id, to, verify=verify, progress=progress)

    def stream(self, document_id: str) -> AbstractContextManager[Download]:
        """Open the file of a document for reading piece by piece.

        Returns:
            A context manager; what it gives is iterable, and knows ``size`` and ``content_type``.
        """
        return downloads.stream(self._executor, document_id)

    def get_extracted_text(self, document_id: str) -> str:
        """Return the recognised text; empty while there is none."""
        result = self._executor.run(
            Operation(
                name="documents.get_extracted_text",
                method="GET",
                path=path("/documents/{document_id}/extracted-text", document_id=document_id),
                read=one(ExtractedText),
            )
        )
        return result.text or ""

    def reprocess(self, document_id: str, *, ocr_backend: str | None = None) -> Document:
        """Recognise a document again.

        Args:
            document_id: Its id.
            ocr_backend: Engine; as before when left out.

        Returns:
            The document, with status ``pending``.

        Raises:
            ConflictError: It is being recognised right now.
        """
        return self._executor.run(
            Operation(
                name="documents.reprocess",
                method="POST",
                path=path("/documents/{document_id}/reprocess", document_id=document_id),
                json={} if ocr_backend is None else {"ocr_backend": ocr_backend},
                read=one(Document),
            )
        )

    def wait_for_completion(
        self, document_id: str, *, timeout: float | None = 300.0, raise_on_failure: bool = True
    ) -> Document:
        """Wait until recognition of a document ended.

        The server holds the answer until then; one that cannot is asked again at growing intervals, or
        at those it states.

        Args:
            document_id: Its id.
            timeout: Seconds; ``None`` waits for ever.
            raise_on_failure: Raise when recognition failed, instead of returning the document.

        Raises:
            DocumentFailedError: Recognition failed; ``error.document.error`` says why.
            WaitTimeoutError: It did not end in time.
        """
        return waiting.wait_for_completion(
            self.get, document_id, timeout=timeout, raise_on_failure=raise_on_failure
        )

    def upload_many(
        self,
        files: Iterable[str | os.PathLike[str]],
        *,
        concurrency: int = 8,
        ordered: bool = False,
        manifest: str | os.PathLike[str] | None = None,
        ocr_backend: str | None = None,
        language: str | None = None,
        document_type: str | None = None,
        tags: Iterable[str] | None = None,
        metadata: Mapping[str, JsonValue] | None = None,
        progress: Callable[[Path, int, int | None], None] | None = None,
    ) -> Generator[Outcome[Path, Document], None, None]:
        """Upload many files, several at a time, and yield what came out of each.

        A file that fails does not stop the others: its outcome has the error.

        Args:
            files: Paths; taken as they are needed.
            concurrency: Files at the same time.
            ordered: Whether outcomes come in the order of the files, or as they are done.
            manifest: A file that remembers what was uploaded: a second run with the same manifest sends
                only what is missing or has changed.
            ocr_backend: Engine, for all files.
            language: ISO 639-1 code of the text, for all files.
            document_type: Any label, for all files.
            tags: Labels, for all files.
            metadata: Own values, for all files.
            progress: Called with a file, its bytes sent so far, and their total. The synchronous client
                calls it from several threads.
        """
        known = bulk.manifest_of(manifest)
        labels = None if tags is None else [*tags]
        upload = partial(
            self.upload,
            ocr_backend=ocr_backend,
            language=language,
            document_type=document_type,
            tags=labels,
            metadata=metadata,
        )
        outcomes = bulk.each(
            partial(bulk.upload_one, upload, self.get, known, progress),
            map(Path, files),
            concurrency=concurrency,
            ordered=ordered,
        )
        try:
            for outcome in outcomes:
                yield outcome
        finally:
            outcomes.close()

    def wait_many(
        self,
        document_ids: Iterable[str],
        *,
        concurrency: int = 16,
        ordered: bool = False,
        timeout: float | None = 300.0,
    ) -> Generator[Outcome[str, Document], None, None]:
        """Wait for many documents, and yield each when its recognition ended.

        Args:
            document_ids: Their ids.
            concurrency: Documents waited for at the same time.
            ordered: Whether outcomes come in the order of the ids, or as they are done.
            timeout: Seconds for each; ``None`` waits for ever.
        """
        outcomes = bulk.each(
            partial(self.wait_for_completion, timeout=timeout),
            document_ids,
            concurrency=concurrency,
            ordered=ordered,
        )
        try:
            for outcome in outcomes:
                yield outcome
        finally:
            outcomes.close()

    def download_many(
        self,
        document_ids: Iterable[str],
        directory: str | os.PathLike[str],
        *,
        concurrency: int = 4,
        ordered: bool = False,
    ) -> Generator[Outcome[str, Path], None, None]:
        """Download many files into a directory, and yield the path of each.

        Files are named after their document, with its id, so that no two of them collide. What is there
        already, with the right checksum, is not downloaded again.

        Args:
            document_ids: Their ids.
            directory: An existing directory.
            concurrency: Files at the same time.
            ordered: Whether outcomes come in the order of the ids, or as they are done.
        """
        outcomes = bulk.each(
            partial(bulk.download_one, self, Path(directory)),
            document_ids,
            concurrency=concurrency,
            ordered=ordered,
        )
        try:
            for outcome in outcomes:
                yield outcome
        finally:
            outcomes.close()

    def upload_and_wait(
        self,
        file: FileInput,
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
        document = self.upload(
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
        return self.wait_for_completion(document.id, timeout=timeout, raise_on_failure=raise_on_failure)
