"""Put a dump into a database through one connection, so that all of it is one transaction.

pg_restore writes SQL and this reads it: pg_restore of any version serves a server of any version then, for
settings that a server does not know are left out.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from server_stub.operations.dump import programs
from server_stub.operations.dump.copies import Copy, Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from server_stub.operations.dump.session import Connection
    from server_stub.operations.dump.toc import Entry

_OPTIONS = (
    "--no-owner",
    "--no-privileges",
    "--no-tablespaces",
    "--no-security-labels",
    "--no-publications",
    "--no-subscriptions",
)
_SETTING = re.compile(rb"SET (\w+) = .*;\n")


async def feed(connection: Connection, program: str, file: Path, entries: Iterable[Entry]) -> list[str]:
    """Make and fill tables; return their names.

    Args:
        connection: In a transaction.
        program: The pg_restore that reads the dump.
        file: The dump.
        entries: What to take of it.
    """
    known = {row["name"].encode() for row in await connection.fetch("SELECT name FROM pg_settings")}
    names = []
    with tempfile.TemporaryDirectory() as directory:
        chosen = Path(directory) / "contents"
        chosen.write_text("".join(f"{entry.line}\n" for entry in entries), encoding="utf-8")
        for section in ("pre-data", "data", "post-data"):
            options = (*_OPTIONS, f"--section={section}", f"--use-list={chosen}")
            with programs.sql_of(program, file, *options) as stream:
                script, statements = Script(stream), bytearray()
                for line in script.lines():
                    if copy := Copy.begins(line) if section == "data" else None:
                        await _run(connection, statements)
                        await _copy(connection, copy, script)
                        names.append(copy.table)
                    elif _is_for_the_server(line, known):
                        statements += line
                await _run(connection, statements)
    return names


def _is_for_the_server(line: bytes, known: set[bytes]) -> bool:
    # psql's own commands \restrict and \unrestrict stand around everything.
    if line.startswith((b"\\restrict ", b"\\unrestrict ")):
        return False
    setting = _SETTING.fullmatch(line)
    return setting is None or setting[1] in known


async def _run(connection: Connection, statements: bytearray) -> None:
    # asyncpg has no answer to a script without any statement.
    if any(line and not line.startswith(b"--") for line in statements.splitlines()):
        await connection.execute(statements.decode())
    statements.clear()


async def _copy(connection: Connection, copy: Copy, script: Script) -> None:
    async def rows() -> AsyncIterator[bytes]:
        for part in script.rows():
            yield part

    await connection.copy_to_table(
        copy.name, schema_name=copy.schema, columns=list(copy.columns) or None, source=rows(), format="text"
    )
