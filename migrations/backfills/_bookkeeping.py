"""The tables and functions in the schema ``ablage_migrations`` that data moves need."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from .. import connection as connections  # noqa: TID252 - this package is reached under two names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import URL

SQL = Path(__file__).parent.parent / "sql"

Connection: TypeAlias = connections.Connection

#: Key of the advisory lock under which chunks are planned and functions replaced.
PLAN_LOCK = zlib.crc32(b"ablage_migrations.plan")

#: Set on every connection of a worker: guards let it pass, crashes may cost its last commits (they go
#: together with their bookkeeping), and it never waits long for a lock while it holds others.
WORKER_SETTINGS = {
    "ablage_migrations.worker": "on",
    "synchronous_commit": "off",
    "lock_timeout": "200ms",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "60s",
    "work_mem": "32MB",
    "jit": "off",
}

#: Compressing a value is what a move spends most of its time on, and lz4 takes a fraction of it. Only how new
#: values are stored follows from it, not what anybody reads. Not every server is built with it.
_COMPRESS_FASTER = """
    SELECT set_config('default_toast_compression', 'lz4', false) FROM pg_settings
    WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)
"""


def statements(name: str) -> list[str]:
    """Return the statements of ``migrations/sql/<name>.sql``, for a revision that runs them itself.

    All of them can be run again.
    """
    found: list[str] = []
    lines: list[str] = []
    for line in (SQL / f"{name}.sql").read_text(encoding="utf-8").splitlines():
        if not lines and (not line.strip() or line.startswith("--")):
            continue
        lines.append(line)
        code, _, _ = line.partition(" --")
        if code.rstrip().endswith(";") and "\n".join(lines).count("$$") % 2 == 0:
            found.append("\n".join(lines))
            lines = []
    if lines:
        raise ValueError(f"{name}.sql does not end with a semicolon.")
    return found


async def connect(url: str | URL, *, application_name: str = "ablage-backfill") -> Connection:
    """Open a connection for a worker."""
    connection = await connections.connect(url, {"application_name": application_name, **WORKER_SETTINGS})
    try:
        await connection.execute(_COMPRESS_FASTER)
    except BaseException:  # a worker that is not needed any more is cancelled at any moment
        connection.terminate()
        raise
    return connection


async def install_on(connection: Connection, files: Iterable[str] = ()) -> None:
    """Create or replace what is missing or old, in a transaction of its own."""
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '30s'")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", PLAN_LOCK)
        await connection.execute("SET LOCAL client_min_messages = 'warning'")
        await connection.execute("SET LOCAL check_function_bodies = off")
        for name in ("bookkeeping", "engine", *files):
            for statement in statements(name):
                await connection.execute(statement)


async def install(url: str | URL, *files: str) -> None:
    """Install the bookkeeping and the functions of some ``migrations/sql`` files into a database.

    Args:
        url: Database address, see `server_stub.migrations.url.parse`.
        files: Names without ``.sql``: ``"ocr_result"``, …
    """
    connection = await connect(url)
    try:
        await install_on(connection, files)
    finally:
        await connection.close()
