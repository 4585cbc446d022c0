"""Downloads: resumable, verified, and complete or not there at all."""

from __future__ import annotations

import hashlib
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ablage_sdk._concurrency import AsyncRuntime
from ablage_sdk._endpoints import documents
from ablage_sdk._exceptions import APIConnectionError, APIStatusError, DownloadIntegrityError
from ablage_sdk._files import PartialFile, checksum, filename_of, safe_name, total_size
from ablage_sdk._response import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ablage_sdk._async._executor import AsyncExecutor
    from ablage_sdk._http_response import AsyncHTTPResponse
    from ablage_sdk._response import ResponseInfo
    from ablage_sdk._sources import Progress

__all__ = ["AsyncDownload", "download", "stream"]

_RANGE_NOT_SATISFIABLE = 416
_PARTIAL_CONTENT = 206


class AsyncDownload:
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
        executor: AsyncExecutor,
        document_id: str,
        info: ResponseInfo,
        source: AsyncHTTPResponse,
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

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        failures = 0
        while True:
            chunks = self._source.chunks()
            try:
                async for chunk in chunks:
                    failures = 0
                    self.offset += len(chunk)
                    yield chunk
            except APIConnectionError as exc:
                failures += 1
                if failures > self._executor.options.max_retries or self.etag is None:
                    raise
                await self._resume(exc)
            else:
                return
            finally:
                await chunks.aclose()

    async def _resume(self, cause: APIConnectionError) -> None:
        info, self._source = await _open(self._executor, self._document_id, self.offset, self.etag)
        if info.status_code != _PARTIAL_CONTENT:
            await self._source.close()
            raise DownloadIntegrityError(
                f"document {self._document_id} changed while it was being downloaded; start again",
                response=info,
            ) from cause

    async def close(self) -> None:
        """Drop what was not read."""
        await self._source.close()


async def _open(
    executor: AsyncExecutor, document_id: str, offset: int, etag: str | None
) -> tuple[ResponseInfo, AsyncHTTPResponse]:
    resume = (("range", f"bytes={offset}-"), ("if-range", etag)) if offset and etag else ()
    return await executor.stream(
        documents.DOWNLOAD(
            document_id=document_id, headers=(("accept", "*/*"), ("accept-encoding", "identity"), *resume)
        )
    )


async def _start(
    executor: AsyncExecutor, document_id: str, offset: int = 0, etag: str | None = None
) -> AsyncDownload:
    info, source = await _open(executor, document_id, offset, etag)
    return AsyncDownload(
        executor, document_id, info, source, offset if info.status_code == _PARTIAL_CONTENT else 0
    )


@asynccontextmanager
async def stream(executor: AsyncExecutor, document_id: str) -> AsyncGenerator[AsyncDownload]:
    """Open a file for reading; see `AsyncDocuments.stream`."""
    opened = await _start(executor, document_id)
    try:
        yield opened
    finally:
        await opened.close()


async def download(
    executor: AsyncExecutor,
    document_id: str,
    to: str | os.PathLike[str] | BinaryIO | None,
    *,
    verify: bool,
    progress: Progress | None,
) -> bytes | Path | int:
    """Download a file; see `AsyncDocuments.download`."""
    if isinstance(to, (str, os.PathLike)):
        return await _to_path(executor, document_id, Path(to), verify=verify, progress=progress)
    source = await _start(executor, document_id)
    digest, pieces = hashlib.sha256(), bytearray()
    chunks = aiter(source)
    try:
        async for chunk in chunks:
            digest.update(chunk)
            if to is None:
                pieces += chunk
            else:
                await AsyncRuntime.call_blocking(to.write, chunk)
            if progress is not None:
                progress(source.offset, source.size)
    finally:
        await chunks.aclose()
    await _check(executor, source, document_id, source.offset, digest.hexdigest(), verify=verify)
    return bytes(pieces) if to is None else source.offset


async def _to_path(
    executor: AsyncExecutor, document_id: str, to: Path, *, verify: bool, progress: Progress | None
) -> Path:
    if await AsyncRuntime.call_blocking(to.is_dir):
        async with stream(executor, document_id) as first:
            to /= safe_name(first.filename, document_id)
    part = await AsyncRuntime.call_blocking(PartialFile, to, document_id)
    try:
        source = await _continue(executor, document_id, part)
        if source is not None:
            chunks = aiter(source)
            try:
                async for chunk in chunks:
                    await AsyncRuntime.call_blocking(part.write, chunk)
                    if progress is not None:
                        progress(part.size, source.size)
            finally:
                await chunks.aclose()
        try:
            await _check(executor, source, document_id, part.size, part.digest.hexdigest(), verify=verify)
        except DownloadIntegrityError:
            part.discard()
            raise
        return await AsyncRuntime.call_blocking(part.commit)
    except BaseException:
        part.keep()
        raise


async def _continue(executor: AsyncExecutor, document_id: str, part: PartialFile) -> AsyncDownload | None:
    """Open what is missing of a partial file; ``None`` when nothing is."""
    try:
        source = await _start(executor, document_id, part.size, part.etag)
    except APIStatusError as exc:
        if exc.status_code != _RANGE_NOT_SATISFIABLE or exc.response is None:
            raise
        if total_size(exc.status_code, exc.response.headers) == part.size:
            executor.record(Answer(exc.response, b""))
            return None
        source = await _start(executor, document_id)
    if source.offset == 0:
        part.begin(source.etag)
    return source


async def _check(
    executor: AsyncExecutor,
    source: AsyncDownload | None,
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
        document = await executor.recording([]).run(documents.GET(document_id=document_id))
        expected = document.sha256
    if expected is not None and expected != digest:
        raise DownloadIntegrityError(
            f"document {document_id}: the SHA-256 checksum is {digest}, but the server has {expected}; "
            "download it again",
            response=info,
        )
