# Generated from ablage_sdk/_async/_downloads.py by scripts/generate_sync.py: do not edit.
"""Downloads: resumable, verified, and complete or not there at all."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ablage_sdk._concurrency import SyncRuntime
from ablage_sdk._endpoints import documents
from ablage_sdk._exceptions import APIConnectionError, APIStatusError, DownloadIntegrityError
from ablage_sdk._files import PartialFile, checksum, filename_of, safe_name, total_size
from ablage_sdk._response import Answer

if TYPE_CHECKING:
    from collections.abc import Generator

    from ablage_sdk._http_response import HTTPResponse
    from ablage_sdk._response import ResponseInfo
    from ablage_sdk._sources import Progress
    from ablage_sdk._sync._executor import Executor

__all__ = ["Download", "download", "stream"]

_RANGE_NOT_SATISFIABLE = 416
_PARTIAL_CONTENT = 206


class Download:
    """The file of a document, read piece by piece; a broken connection is taken up where it broke.

    Attributes:
        offset: Position of the next byte.
        size: Bytes of the whole file; ``None`` when the server does not say.
        content_type: By content.
        filename: As the server names it.
        etag: What the bytes belong to.
        sha256: Checksum of the whole file, hexadecimal; ``None`` when the server does not say.
        response_info: The first answer.
    """

    def __init__(
        self,
        executor: Executor,
        document_id: str,
        info: ResponseInfo,
        source: HTTPResponse,
        offset: int,
    ) -> None:
        self._executor = executor
        self._document_id = document_id
        self._source = source
        self.response_info = info
        self.offset: int = offset
        self.size: int | None = total_size(info.status_code, info.headers)
        self.content_type: str | None = info.headers.get("content-type")
        self.filename: str | None = filename_of(info.headers)
        self.etag: str | None = info.etag
        self.sha256: str | None = checksum(info.headers)

    def __iter__(self) -> Generator[bytes, None, None]:
        failures = 0
        while True:
            chunks = self._source.chunks()
            try:
                for chunk in chunks:
                    failures = 0
                    self.offset += len(chunk)
                    yield chunk
            except APIConnectionError as exc:
                failures += 1
                if failures > self._executor.options.max_retries or self.etag is None:
                    raise
                self._resume(exc)
            else:
                return
            finally:
                chunks.close()

    def _resume(self, cause: APIConnectionError) -> None:
        info, self._source = _open(self._executor, self._document_id, self.offset, self.etag)
        if info.status_code != _PARTIAL_CONTENT:
            self._source.close()
            raise DownloadIntegrityError(
                f"document {self._document_id} changed while it was being downloaded; start again",
                response=info,
            ) from cause

    def close(self) -> None:
        """Drop what was not read."""
        self._source.close()


def _open(
    executor: Executor, document_id: str, offset: int, etag: str | None
) -> tuple[ResponseInfo, HTTPResponse]:
    resume = (("range", f"bytes={offset}-"), ("if-range", etag)) if offset and etag else ()
    return executor.stream(
        documents.DOWNLOAD(
            document_id=document_id, headers=(("accept", "*/*"), ("accept-encoding", "identity"), *resume)
        )
    )


def _start(executor: Executor, document_id: str, offset: int = 0, etag: str | None = None) -> Download:
    info, source = _open(executor, document_id, offset, etag)
    return Download(
        executor, document_id, info, source, offset if info.status_code == _PARTIAL_CONTENT else 0
    )


@contextmanager
def stream(executor: Executor, document_id: str) -> Generator[Download, None, None]:
    """Open a file for reading; see `Documents.stream`."""
    opened = _start(executor, document_id)
    try:
        yield opened
    finally:
        opened.close()


def download(
    executor: Executor,
    document_id: str,
    to: str | os.PathLike[str] | BinaryIO | None,
    *,
    verify: bool,
    progress: Progress | None,
) -> bytes | Path | int:
    """Download a file; see `Documents.download`."""
    if isinstance(to, (str, os.PathLike)):
        return _to_path(executor, document_id, Path(to), verify=verify, progress=progress)
    source = _start(executor, document_id)
    digest, pieces = hashlib.sha256(), bytearray()
    chunks = iter(source)
    try:
        for chunk in chunks:
            digest.update(chunk)
            if to is None:
                pieces += chunk
            else:
                SyncRuntime.call_blocking(to.write, chunk)
            if progress is not None:
                progress(source.offset, source.size)
    finally:
        chunks.close()
    _check(executor, source, document_id, source.offset, digest.hexdigest(), verify=verify)
    return bytes(pieces) if to is None else source.offset


def _to_path(
    executor: Executor, document_id: str, to: Path, *, verify: bool, progress: Progress | None
) -> Path:
    if SyncRuntime.call_blocking(to.is_dir):
        with stream(executor, document_id) as first:
            to /= safe_name(first.filename, document_id)
    part = SyncRuntime.call_blocking(PartialFile, to, document_id)
    try:
        source = _continue(executor, document_id, part)
        if source is not None:
            chunks = iter(source)
            try:
                for chunk in chunks:
                    SyncRuntime.call_blocking(part.write, chunk)
                    if progress is not None:
                        progress(part.size, source.size)
            finally:
                chunks.close()
        try:
            _check(executor, source, document_id, part.size, part.digest.hexdigest(), verify=verify)
        except DownloadIntegrityError:
            part.discard()
            raise
        return SyncRuntime.call_blocking(part.commit)
    except BaseException:
        part.keep()
        raise


def _continue(executor: Executor, document_id: str, part: PartialFile) -> Download | None:
    """Open what is missing of a partial file; ``None`` when nothing is."""
    try:
        source = _start(executor, document_id, part.size, part.etag)
    except APIStatusError as exc:
        if exc.status_code != _RANGE_NOT_SATISFIABLE or exc.response is None:
            raise
        if total_size(exc.status_code, exc.response.headers) == part.size:
            executor.record(Answer(exc.response, b""))
            return None
        source = _start(executor, document_id)
    if source.offset == 0:
        part.begin(source.etag)
    return source


def _check(
    executor: Executor,
    source: Download | None,
    document_id: str,
    received: int,
    digest: str,
    *,
    verify: bool,
) -> None:
    info = source.response_info if source else None
    if source is not None and source.size is not None and received != source.size:
        raise DownloadIntegrityError(
            f"document {document_id}: {received} of {source.size} bytes arrived; download it again",
            response=info,
        )
    if not verify:
        return
    expected = source.sha256 if source else None
    if expected is None:
        # The answer that a caller of `with_raw_response` wants is the file's.
        document = executor.recording([]).run(documents.GET(document_id=document_id))
        expected = document.sha256
    if expected is not None and expected != digest:
        raise DownloadIntegrityError(
            f"document {document_id}: the SHA-256 checksum is {digest}, but the server has {expected}; "
            "download it again",
            response=info,
        )
