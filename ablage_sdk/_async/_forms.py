"""Sends the bytes of an upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_sdk._concurrency import AsyncRuntime

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ablage_sdk._sources import Source, Upload


async def form(upload: Upload) -> AsyncGenerator[bytes]:
    """Yield a multipart form piece by piece; the file is open only meanwhile."""
    total, done = upload.source.size, 0
    yield upload.head()
    pieces = _pieces(upload.source)
    try:
        async for piece in pieces:
            yield piece
            done += len(piece)
            if upload.progress is not None:
                upload.progress(done, total)
    finally:
        await pieces.aclose()
    yield upload.tail()


async def _pieces(source: Source) -> AsyncGenerator[bytes]:
    if source.is_async:
        async for piece in source.async_pieces():
            if piece:
                yield piece
        return
    reader = await AsyncRuntime.call_blocking(source.open)
    try:
        while piece := (await AsyncRuntime.call_blocking(reader.read) if reader.blocking else reader.read()):
            yield piece
    finally:
        reader.close()
