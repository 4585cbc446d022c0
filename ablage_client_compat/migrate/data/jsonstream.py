"""JSON read and written piece by piece: an object, an array, or lines, whatever a file holds."""

from __future__ import annotations

import codecs
import json
from typing import IO, TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["JSON", "Layout", "Reader", "Writer", "dump"]

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
Shape: TypeAlias = Literal["one", "array", "lines"]

_CHUNK = 1 << 16
_SPACE = " \t\r\n\ufeff"


class Layout:
    """How a file was written, so that it can be written the same way."""

    def __init__(self, shape: Shape = "one", indent: int | None = None, *, newline: bool = True) -> None:
        self.shape: Shape = shape
        self.indent = indent
        self.newline = newline


class Reader:
    """Reads values one after the other; of a large array only one item is in memory.

    Raises:
        ValueError: The file is not JSON; the message names the line.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._buffer = ""
        self._line = 1
        self._ended = False
        self._json = json.JSONDecoder(parse_constant=_refuse)
        self.layout = Layout()

    def __iter__(self) -> Iterator[JSON]:
        first = self._peek()
        if first == "[":
            self.layout.shape = "array"
            self._advance(1)
            self.layout.indent = self._indent()
            yield from self._items()
        else:
            self.layout.indent = self._indent_of_object() if first == "{" else None
            yield from self._lines()
        self.layout.newline = self._tail_newline

    _tail_newline = False

    def _items(self) -> Iterator[JSON]:
        if self._peek() == "]":
            self._advance(1)
        else:
            while True:
                yield self._value()
                separator = self._peek()
                self._advance(1)
                if separator == "]":
                    break
                if separator != ",":
                    raise self._wrong("expected ',' or ']'")
        if self._peek():
            raise self._wrong("there is something after the end of the array")

    def _lines(self) -> Iterator[JSON]:
        count = 0
        while self._peek():
            value = self._value()
            count += 1
            if count == 1 and self._peek():
                self.layout.shape, self.layout.indent = "lines", None
            yield value

    def _value(self) -> JSON:
        """Decode one value, reading on as long as it is incomplete."""
        self._peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._buffer)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                raise self._wrong(error.msg[:1].lower() + error.msg[1:], error.pos) from None
            except NotJSONError as error:
                raise self._wrong(str(error)) from None
            if end == len(self._buffer) and self._more():
                continue  # a number may go on in the next piece
            self._advance(end)
            result: JSON = value
            return result

    def _peek(self) -> str:
        while True:
            stripped = self._buffer.lstrip(_SPACE)
            if stripped or self._ended:
                self._tail_newline = not stripped and self._buffer.endswith("\n") if self._ended else False
                if stripped:
                    self._advance(len(self._buffer) - len(stripped))
                return stripped[:1]
            self._line += self._buffer[:-1].count("\n")
            self._buffer = self._buffer[-1:] if self._buffer.endswith("\n") else ""
            self._more()

    def _more(self) -> bool:
        if self._ended:
            return False
        data = self._file.read(_CHUNK)
        self._ended = not data
        self._buffer += self._decode(data, final=self._ended)
        return not self._ended

    def _advance(self, count: int) -> None:
        self._line += self._buffer.count("\n", 0, count)
        self._buffer = self._buffer[count:]

    def _indent(self) -> int | None:
        while not self._buffer.strip(_SPACE) and self._more():
            pass
        blank = self._buffer[: len(self._buffer) - len(self._buffer.lstrip(_SPACE))]
        return len(blank.rpartition("\n")[2]) if "\n" in blank else None

    def _indent_of_object(self) -> int | None:
        while len(self._buffer) < 2 and self._more():  # noqa: PLR2004 - the brace and what follows
            pass
        rest = self._buffer[1:]
        blank = rest[: len(rest) - len(rest.lstrip(_SPACE))]
        return len(blank.rpartition("\n")[2]) if "\n" in blank else None

    def _wrong(self, problem: str, at: int = 0) -> ValueError:
        line = self._line + self._buffer.count("\n", 0, at)
        return ValueError(f"not JSON, in line {line}: {problem}")


class NotJSONError(ValueError):
    """Something that Python writes into JSON although it is none."""


def _refuse(constant: str) -> float:
    raise NotJSONError(f"{constant} has no place in JSON: write null or a number")


def dump(value: JSON, indent: int | None = None) -> bytes:
    """Return JSON in UTF-8; text that UTF-8 cannot hold stays escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return json.dumps(value, indent=indent, allow_nan=False).encode()
    except ValueError:
        raise ValueError("a number is too large for JSON, such as 1e400") from None


class Writer:
    """Writes values in the layout of the file they came from; the layout is looked at as late as possible."""

    def __init__(self, file: IO[bytes], layout: Layout) -> None:
        self._file = file
        self._layout = layout
        self._count = 0
        self._held: bytes | None = None

    def write(self, value: JSON) -> None:
        """Write one value."""
        layout = self._layout
        if layout.shape == "array":
            self._file.write(b"[" if self._count == 0 else b",")
            if layout.indent is None:
                self._file.write((b" " if self._count else b"") + dump(value))
            else:
                pad = b"\n" + b" " * layout.indent
                self._file.write(pad + dump(value, layout.indent or None).replace(b"\n", pad))
        else:
            if self._count:
                self._file.write(b"\n")
            self._file.write(dump(value, layout.indent))
        self._count += 1

    def close(self) -> None:
        """Write what comes after the last value."""
        if self._layout.shape == "array":
            if self._count == 0:
                self._file.write(b"[")
            elif self._layout.indent is not None:
                self._file.write(b"\n")
            self._file.write(b"]")
        if self._layout.newline:
            self._file.write(b"\n")
