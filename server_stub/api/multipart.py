"""Receiving a file upload (RFC 7578): the file goes to disk as it arrives, everything has a limit."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

import anyio.to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from server_stub.errors import InvalidRequestError, TooLargeError, invalid_field
from server_stub.services.uploads import HEAD_BYTES, StagedFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from io import BufferedWriter
    from pathlib import Path

    from starlette.requests import Request

MAX_PARTS = 250
MAX_FIELD_BYTES = 131_072
MAX_ALL_FIELDS_BYTES = 524_288
MAX_PART_HEADERS = 16
#: So many bytes are collected before a thread writes and hashes them.
WRITE_BYTES = 1_048_576
#: What a form may have beside its file: boundaries and headers of all parts.
OVERHEAD_BYTES = 1_048_576


@dataclass(slots=True)
class Form:
    """A received form.

    Attributes:
        fields: Values by name, in the order in which they came.
        file: The file, ``None`` when there was none.
    """

    fields: dict[str, list[str]] = field(default_factory=dict)
    file: StagedFile | None = None

    def one(self, name: str) -> str | None:
        """Return the value of a field, ``None`` when it is missing or empty.

        Raises:
            InvalidRequestError: It was sent more than once.
        """
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise invalid_field(name, "was sent more than once.")
        return values[0] or None if values else None


@asynccontextmanager
async def receive(request: Request, folder: Path, *, max_bytes: int) -> AsyncIterator[Form]:
    """Receive a form with one file called ``file``.

    Args:
        request: The request.
        folder: Where the file is put; it is deleted at the end unless it was moved away.
        max_bytes: How large the file may be.

    Raises:
        TooLargeError: The file or the fields are larger than allowed; the rest is not read.
        InvalidRequestError: It is not a well-formed form.
    """
    content_type, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if content_type != b"multipart/form-data" or not boundary:
        raise invalid_field("file", "is missing. Send it as multipart/form-data with a field named file.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes + OVERHEAD_BYTES + MAX_ALL_FIELDS_BYTES:
        raise too_large(max_bytes)
    path = folder / uuid4().hex
    target = await anyio.to_thread.run_sync(path.open, "xb")
    try:
        receiver = _Receiver(boundary, target, max_bytes)
        try:
            async for chunk in request.stream():
                receiver.feed(chunk)
                if len(receiver.pending) >= WRITE_BYTES:
                    await anyio.to_thread.run_sync(receiver.flush)
            receiver.end()
        except FormParserError:
            raise InvalidRequestError("The multipart form is malformed.") from None
        except ClientDisconnect:
            raise InvalidRequestError("The upload ended before the form was complete.") from None
        await anyio.to_thread.run_sync(receiver.flush)
        await anyio.to_thread.run_sync(target.close)
        yield receiver.form(path)
    finally:
        target.close()
        await anyio.to_thread.run_sync(lambda: path.unlink(missing_ok=True))


def too_large(max_bytes: int) -> TooLargeError:
    """Return the error for a file that is larger than the limit."""
    return TooLargeError(
        f"The file is larger than {max_bytes / 1_048_576:g} MB, which is the limit of this server."
    )


class _Receiver:
    """Takes what the parser finds. One instance per form."""

    def __init__(self, boundary: bytes, target: BufferedWriter, max_bytes: int) -> None:
        self.pending = bytearray()
        self._target = target
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self._head = b""
        self._size = 0
        self._filename: str | None = None
        self._fields: dict[str, list[str]] = {}
        self._field_bytes = 0
        self._parts = 0
        self._complete = False
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._name = ""
        self._value = bytearray()
        self._in_file = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begin,
                    "on_header_field": self._on_header_name,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._part_data,
                    "on_part_end": self._part_end,
                    "on_end": self._on_end,
                },
                max_header_count=MAX_PART_HEADERS,
            )
        except FormParserError:
            raise InvalidRequestError("The boundary of the form is longer than 256 bytes.") from None

    def feed(self, chunk: bytes) -> None:
        self._parser.write(chunk)

    def end(self) -> None:
        self._parser.finalize()
        if not self._complete:
            raise InvalidRequestError("The multipart form ended before its last boundary.")

    def flush(self) -> None:
        data, self.pending = self.pending, bytearray()
        if len(self._head) < HEAD_BYTES:
            self._head += bytes(data[: HEAD_BYTES - len(self._head)])
        self._hash.update(data)
        self._target.write(data)

    def form(self, path: Path) -> Form:
        if self._filename is None:
            return Form(self._fields)
        staged = StagedFile(path, self._size, self._hash.hexdigest(), self._head, self._filename)
        return Form(self._fields, staged)

    # --- what the parser calls ---

    def _part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise InvalidRequestError(f"The form has more than {MAX_PARTS} fields.")
        self._disposition = b""
        self._value = bytearray()

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name, self._header_value = bytearray(), bytearray()

    def _on_headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise InvalidRequestError("A part of the form has no name.")
        self._name = _text(options[b"name"], "The name of a form field")
        self._in_file = self._name == "file"
        if self._in_file:
            if self._filename is not None:
                raise invalid_field("file", "was sent more than once. Upload one file per request.")
            self._filename = _text(options.get(b"filename", b""), "The file name")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._size += end - start
            if self._size > self._max_bytes:
                raise too_large(self._max_bytes)
            self.pending += memoryview(data)[start:end]
            return
        self._field_bytes += end - start
        self._value += data[start:end]
        if len(self._value) > MAX_FIELD_BYTES or self._field_bytes > MAX_ALL_FIELDS_BYTES:
            raise TooLargeError(
                f"The form field {self._name[:50]!r} is too large: {MAX_FIELD_BYTES} bytes are allowed.",
                code="REQUEST_TOO_LARGE",
            )

    def _part_end(self) -> None:
        if not self._in_file:
            text = _text(bytes(self._value), f"The form field {self._name[:50]!r}")
            self._fields.setdefault(self._name, []).append(text)

    def _on_end(self) -> None:
        self._complete = True


def _text(data: bytes, what: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidRequestError(f"{what} is not valid UTF-8.") from None
    if "\x00" in text and what != "The file name":
        raise InvalidRequestError(f"{what} holds the character U+0000, which cannot be stored.")
    return text
