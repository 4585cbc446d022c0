"""A dump's SQL as a stream: statements line by line, and the rows of each table many at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from server_stub.operations.dump.errors import DumpError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Names are quoted where they must be, and a table may have no column that is written.
_NAME = r'(?:"(?:[^"]|"")+"|[^\s.",()]+)'
_COPY = re.compile(rf"COPY ({_NAME})\.({_NAME}) (?:\((.*)\))? FROM stdin;\n")
_ONE = re.compile(_NAME)
_END = b"\\.\n"
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Copy:
    """The beginning of a table's rows.

    Attributes:
        table: Its name with its schema, quoted.
        schema: The schema's name, as it is.
        name: The table's name, as it is.
        columns: Those whose values follow.
    """

    table: str
    schema: str
    name: str
    columns: tuple[str, ...]

    @classmethod
    def begins(cls, line: bytes) -> Copy | None:
        """Read the line before the rows of a table; ``None`` if it is another one."""
        match = _COPY.fullmatch(line.decode(errors="surrogateescape")) if line.startswith(b"COPY ") else None
        if match is None:
            return None
        columns = tuple(map(_plain, _ONE.findall(match[3] or "")))
        return cls(f"{match[1]}.{match[2]}", _plain(match[1]), _plain(match[2]), columns)


class Script:
    """The output of pg_restore."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""  # begins where a line does

    def lines(self) -> Iterator[bytes]:
        """Give line after line; take the rows of a table with `rows` when its `Copy` has come."""
        while True:
            line, newline, rest = self._buffer.partition(b"\n")
            if newline:
                self._buffer = rest
                yield line + newline
            elif not self._read():
                return

    def rows(self) -> Iterator[bytes]:
        """Give the rows of a table, whole lines, up to the line that ends them.

        Raises:
            DumpError: If it does not come.
        """
        while not self._buffer.startswith(_END):
            end = self._buffer.find(b"\n" + _END) + 1 or self._buffer.rfind(b"\n") + 1
            if end:
                yield self._buffer[:end]
                self._buffer = self._buffer[end:]
            elif not self._read():
                raise DumpError("The backup ends in the middle of a table. Take another one.")
        self._buffer = self._buffer[len(_END) :]

    def _read(self) -> bool:
        block = self._stream.read(_BLOCK)
        self._buffer += block
        return bool(block)


def count(stream: BinaryIO) -> dict[str, int]:
    """Read everything, and count the rows of each table."""
    script = Script(stream)
    found: dict[str, int] = {}
    for line in script.lines():
        if copy := Copy.begins(line):
            found[copy.table] = sum(part.count(b"\n") for part in script.rows())
    return found


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
