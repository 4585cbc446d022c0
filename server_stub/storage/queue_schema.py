"""The tables of the job queue: procrastinate's own, in a schema of its own.

They are no part of the migrations, so that every release of the server has a queue on every release of the
database. Its own scripts make and upgrade them, under a lock.
"""

from __future__ import annotations

import asyncio
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from procrastinate.schema import SchemaManager

from server_stub.storage.database import connect_raw

if TYPE_CHECKING:
    import asyncpg
    from sqlalchemy.engine import URL

SCHEMA = "ablage_jobs"

_LOCK = 0x41424C4A  # "ABLJ"
_POLL = 0.05
_SCRIPT = re.compile(r"(\d+)\.(\d+)\.(\d+)_")
_COMMENT = re.compile(r"procrastinate (\d+\.\d+\.\d+)")


async def ensure(url: URL) -> None:
    """Make or upgrade the queue's tables. Any number of processes may do so at once.

    Args:
        url: The address of the database.
    """
    connection = await connect_raw(url, application_name="ablage-jobs-schema")
    try:
        # Polled: a blocked lock would hold a snapshot that CREATE INDEX CONCURRENTLY elsewhere waits for.
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110 - no event
            await asyncio.sleep(_POLL)
        await _ensure(connection)
    finally:
        await connection.close()


def scripts(after: str, path: Path | None = None) -> list[Path]:
    """Return procrastinate's upgrade scripts that came after a version, in order.

    Args:
        after: Such as ``3.3.0``.
        path: Where the scripts are.
    """
    found = sorted((path or Path(SchemaManager.get_migrations_path())).glob("*.sql"))
    return [script for script in found if _number(script.name) > _number(f"{after}_")]


async def _ensure(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    installed = version("procrastinate")
    recorded = await _recorded(connection)
    if recorded == installed:
        return
    async with connection.transaction():
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        await connection.execute(f"SET LOCAL search_path = {SCHEMA}")
        if recorded is None:
            await connection.execute(SchemaManager.get_schema())
        for script in scripts(recorded) if recorded else ():
            await connection.execute(script.read_text())
        # Callers reach the functions from transactions that have another search_path.
        await connection.execute(_PIN_SEARCH_PATH)
        await connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS 'procrastinate {installed}'")


async def _recorded(connection: asyncpg.Connection[asyncpg.Record]) -> str | None:
    comment = await connection.fetchval(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = $1", SCHEMA
    )
    match = _COMMENT.fullmatch(comment or "")
    return match[1] if match else None


def _number(name: str) -> tuple[int, ...]:
    match = _SCRIPT.match(name)
    return tuple(int(part) for part in match.groups()) if match else ()


_PIN_SEARCH_PATH = f"""
DO $$
DECLARE one regprocedure;
BEGIN
    FOR one IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = '{SCHEMA}'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = {SCHEMA}, pg_catalog', one);
    END LOOP;
END $$
"""  # noqa: S608 - a constant
