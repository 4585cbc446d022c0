# Generated from ablage_sdk/_async/_forms.py by scripts/generate_sync.py: do not edit.
"""Sends the bytes of an upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_sdk._concurrency import SyncRuntime

if TYPE_CHECKING:
    from collections.abc import Generator

    from ablage_sdk._sources import Source, Upload


def form(upload: Upload) -> Generator[bytes, None, None]:
    """Yield a multipart form piece by piece; the file is open only meanwhile."""
    total, done = upload.source.size, 0
    yield upload.head()
    pieces = _pieces(upload.source)
    try:
        for piece in pieces:
            yield piece
            done += len(piece)
            if upload.progress is not None:
                upload.progress(done, total)
    finally:
        pieces.close()
    yield upload.tail()


def _pieces(source: Source) -> Generator[bytes, None, None]:
    if source.is_async:
        for piece in source.sync_pieces():
            if piece:
                yield piece
        return
    reader = SyncRuntime.call_blocking(source.open)
    try:
        while piece := (SyncRuntime.call_blocking(reader.read) if reader.blocking else reader.read()):
            yield piece
    finally:
        reader.close()
