# Generated from ablage_sdk/_async/resources/documents.py by scripts/generate_sync.py: do not edit.
"""Documents: upload, read, change, delete, and wait for recognition."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, overload

from ablage_sdk._sync._raw import Raw, raw
from ablage_sdk._sync.resources import _bulk as bulk
from ablage_sdk._sync.resources._document_files import DocumentFiles

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterable, Mapping
    from typing import BinaryIO

    from pydantic import JsonValue

    from ablage_sdk._bulk import Outcome
    from ablage_sdk._models.document import Document
    from ablage_sdk._response import RawResponse
    from ablage_sdk._sources import Progress


class Documents(DocumentFiles):
    """``sdk.documents``."""

    @property
    def with_raw_response(self) -> DocumentsRaw:
        """The same methods, each returning a `RawResponse`."""
        return DocumentsRaw(self)

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


class DocumentsRaw(Raw[Documents]):
    """``sdk.documents.with_raw_response``: status, headers and ``parse()``."""

    @raw(Documents.get)
    def get(self) -> None: ...

    @raw(Documents.list)
    def list(self) -> None: ...

    @raw(Documents.search)
    def search(self) -> None: ...

    @raw(Documents.update)
    def update(self) -> None: ...

    @raw(Documents.delete)
    def delete(self) -> None: ...

    @raw(Documents.delete_many)
    def delete_many(self) -> None: ...

    @raw(Documents.get_extracted_text)
    def get_extracted_text(self) -> None: ...

    @raw(Documents.reprocess)
    def reprocess(self) -> None: ...

    @raw(Documents.wait_for_completion)
    def wait_for_completion(self) -> None: ...

    @raw(Documents.upload)
    def upload(self) -> None: ...

    @raw(Documents.upload_and_wait)
    def upload_and_wait(self) -> None: ...

    @overload
    def download(
        self, document_id: str, to: None = None, *, verify: bool = True, progress: Progress | None = None
    ) -> RawResponse[bytes]: ...
    @overload
    def download(
        self,
        document_id: str,
        to: str | os.PathLike[str],
        *,
        verify: bool = True,
        progress: Progress | None = None,
    ) -> RawResponse[Path]: ...
    @overload
    def download(
        self, document_id: str, to: BinaryIO, *, verify: bool = True, progress: Progress | None = None
    ) -> RawResponse[int]: ...
    def download(
        self,
        document_id: str,
        to: str | os.PathLike[str] | BinaryIO | None = None,
        *,
        verify: bool = True,
        progress: Progress | None = None,
    ) -> RawResponse[bytes | Path | int]:
        """Download the file of a document; see `Documents.download`."""
        return self._download(document_id, to, verify=verify, progress=progress)

    @raw(Documents._download)  # noqa: SLF001 - the one signature behind the three
    def _download(self) -> None: ...
