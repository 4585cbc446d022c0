"""Where the bytes of an upload come from, and the multipart form around them.

The form is written piece by piece, so that a file of any size takes one chunk of memory. The HTTP
libraries' own encoders cannot read an asynchronous iterator or start again after a failure.
"""

from __future__ import annotations

import io
import json
import mimetypes
import os
import secrets
import threading
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, TypeGuard, cast

from ablage_sdk._exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

__all__ = ["CHUNK_SIZE", "AsyncFileInput", "FileInput", "Progress", "Source", "Upload"]

#: Bytes read and sent at a time.
CHUNK_SIZE = 256 * 1024

#: What can be uploaded: a path, the bytes themselves, an open binary file, or pieces of bytes.
FileInput: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Iterable[bytes]"
#: The asynchronous client also takes pieces that arrive asynchronously.
AsyncFileInput: TypeAlias = "FileInput | AsyncIterable[bytes]"
#: Called with the bytes done so far and the total, if known.
Progress: TypeAlias = "Callable[[int, int | None], None]"


class Source:
    """Bytes to upload, whatever they come from.

    Attributes:
        filename: For the server; from the path or the file object when there is one.
        size: Bytes; ``None`` when unknown until read.
        replayable: Whether the bytes can be read again after a failure.
    """

    def __init__(self, file: AsyncFileInput, filename: str | None = None) -> None:
        self._file: AsyncFileInput = file
        self._start = 0
        self.size: int | None = None
        self.replayable: bool = True
        name: str | None = None
        if isinstance(file, (bytes, bytearray, memoryview)):
            self.size = memoryview(file).nbytes
        elif isinstance(file, (str, os.PathLike)):
            name = Path(file).name
            self.size = _size_of(Path(file))
        elif _is_file(file):
            name = _name_of(file)
            self._measure(file)
        elif isinstance(cast("object", file), (Iterable, AsyncIterable)):
            # An iterator can be read once; something that makes iterators, such as a list, again.
            self.replayable = not (hasattr(file, "__next__") or hasattr(file, "__anext__"))
        else:
            kind: str = type(file).__name__
            msg = f"file must be a path, bytes, a binary file object or an iterable of bytes; got {kind}"
            raise ConfigurationError(msg)
        self.filename: str = filename or name or "document"

    def _measure(self, file: BinaryIO) -> None:
        if isinstance(cast("object", file), io.TextIOBase):
            msg = "file is open in text mode; open it with mode 'rb'"
            raise ConfigurationError(msg)
        try:
            self._start = file.tell()
            self.size = file.seek(0, os.SEEK_END) - self._start
            file.seek(self._start)
        except (AttributeError, OSError):
            self.size, self.replayable = None, False

    @property
    def is_async(self) -> bool:
        """Whether the bytes arrive asynchronously."""
        return isinstance(self._file, AsyncIterable)

    def sync_pieces(self) -> Iterable[bytes]:
        """Refuse: there is no event loop to wait in."""
        msg = "the synchronous client cannot read an asynchronous iterator; use AsyncAblageSDK"
        raise ConfigurationError(msg)

    def async_pieces(self) -> AsyncIterable[bytes]:
        """Return the asynchronous pieces; only when `is_async`."""
        assert isinstance(self._file, AsyncIterable)  # noqa: S101 - see is_async
        return self._file

    def open(self) -> Reader:
        """Start reading from the beginning."""
        file = self._file
        if isinstance(file, (bytes, bytearray, memoryview)):
            return _MemoryReader(memoryview(file).cast("B"))
        if isinstance(file, (str, os.PathLike)):
            return _PathReader(Path(file))
        if _is_file(file):
            if self.replayable:
                file.seek(self._start)
            return _FileReader(file)
        return _PieceReader(self.sync_pieces() if isinstance(file, AsyncIterable) else file)


class Reader:
    """Reads a source once."""

    #: Whether reading may wait for a disk or for someone else's code.
    blocking = True

    def read(self) -> bytes:
        """Return the next chunk; empty at the end."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back what was opened."""


class _MemoryReader(Reader):
    blocking = False

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 0

    def read(self) -> bytes:
        chunk = bytes(self._data[self._at : self._at + CHUNK_SIZE])
        self._at += len(chunk)
        return chunk


class _PathReader(Reader):
    """Opens a file when it is first read; closes it even when that happens in a thread nobody waits for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._given_up = threading.Event()
        self._busy = threading.Lock()

    def read(self) -> bytes:
        with self._busy:
            if self._given_up.is_set():
                return b""
            if self._file is None:
                self._file = self._path.open("rb")
            chunk = self._file.read(CHUNK_SIZE)
        if self._given_up.is_set():
            self._shut()
        return chunk

    def close(self) -> None:
        self._given_up.set()
        # An event loop does not wait for a disk: who is reading closes the file then.
        if self._busy.acquire(blocking=False):
            try:
                self._shut()
            finally:
                self._busy.release()

    def _shut(self) -> None:
        if self._file is not None:
            self._file.close()


class _FileReader(Reader):
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self) -> bytes:
        return self._file.read(CHUNK_SIZE)


class _PieceReader(Reader):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def read(self) -> bytes:
        # An empty piece is not the end.
        return next((piece for piece in self._pieces if piece), b"")


def _is_file(file: object) -> TypeGuard[BinaryIO]:
    return hasattr(file, "read")


def _size_of(path: Path) -> int:
    try:
        status = path.stat()
    except OSError as exc:
        msg = f"cannot read {str(path)!r}: {exc.strerror or exc}"
        raise ConfigurationError(msg) from exc
    if path.is_dir():
        msg = f"{str(path)!r} is a directory; upload its files one by one, or with upload_many"
        raise ConfigurationError(msg)
    return status.st_size


def _name_of(file: object) -> str | None:
    name = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) and name and not name.startswith("<") else None


@dataclass(slots=True)
class Upload:
    """A multipart form (RFC 7578) with one file."""

    source: Source
    fields: list[tuple[str, str]]
    progress: Progress | None = None
    boundary: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def content_type(self) -> str:
        """The header that belongs to the form."""
        return f"multipart/form-data; boundary={self.boundary}"

    @property
    def content_length(self) -> int | None:
        """Bytes of the whole form; ``None`` when the source does not know its size."""
        size = self.source.size
        return None if size is None else len(self.head()) + size + len(self.tail())

    def head(self) -> bytes:
        """Return everything before the bytes of the file."""
        lines: list[str] = []
        for name, value in self.fields:
            lines += [
                f"--{self.boundary}",
                f'Content-Disposition: form-data; name="{_escape(name)}"',
                "",
                value,
            ]
        kind = mimetypes.guess_type(self.source.filename)[0] or "application/octet-stream"
        lines += [
            f"--{self.boundary}",
            f'Content-Disposition: form-data; name="file"; filename="{_escape(self.source.filename)}"',
            f"Content-Type: {kind}",
            "",
            "",
        ]
        return "\r\n".join(lines).encode()

    def tail(self) -> bytes:
        """Return everything after the bytes of the file."""
        return f"\r\n--{self.boundary}--\r\n".encode()


def _escape(name: str) -> str:
    """Escape a name as browsers do (WHATWG HTML, "multipart/form-data encoding")."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def upload_fields(
    *,
    ocr_backend: str | None,
    language: str | None,
    document_type: str | None,
    tags: Iterable[str] | None,
    metadata: Mapping[str, JsonValue] | None,
) -> list[tuple[str, str]]:
    """Return the form fields that describe a document; tags are repeated, metadata is JSON."""
    if isinstance(tags, str):
        msg = f"tags must be a list of strings; got the string {tags!r}"
        raise ConfigurationError(msg)
    named = {"ocr_backend": ocr_backend, "language": language, "document_type": document_type}
    fields = [(name, value) for name, value in named.items() if value is not None]
    fields += [("tags", tag) for tag in tags or ()]
    if metadata is not None:
        fields.append(("metadata", json.dumps(metadata, ensure_ascii=False)))
    return fields
