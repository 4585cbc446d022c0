"""Procrastinate's queries over asyncpg, so that one driver serves the whole server."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import asyncpg
from procrastinate import connector, exceptions
from procrastinate.manager import JobManager

from server_stub.migrations import connection as connections
from server_stub.storage.database import CONNECT_TIMEOUT
from server_stub.storage.queue_schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from server_stub.storage.database import Database

_PARAMETER = re.compile(r"%\((\w+)\)s")
#: Seconds that one query of the queue may take.
QUERY_TIMEOUT = 60
CHECK_EVERY = 10
_SESSION = {"application_name": "ablage-jobs", "timezone": "UTC"}
RECONNECT_AFTER = 0.5


class AsyncpgConnector(connector.BaseAsyncConnector):
    """Runs the queries of procrastinate's job manager.

    Args:
        db: The database: its addresses.
        pool_size: The most connections that are open at once.
    """

    def __init__(self, db: Database, *, pool_size: int = 4) -> None:
        self._db = db
        self._pool_size = pool_size
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    def get_sync_connector(self) -> connector.BaseConnector:
        """Return itself: nothing here is used without an event loop."""
        return self

    async def open_async(self, pool: object = None) -> None:  # noqa: ARG002 - the signature is given
        """Open the pool."""
        if self._pool is None:
            how, _ = connections.arguments(
                self._db.url, _SESSION, transaction_bound=self._db.transaction_bound
            )
            self._pool = await asyncpg.create_pool(
                min_size=1,
                max_size=self._pool_size,
                init=_prepare,
                timeout=CONNECT_TIMEOUT,
                command_timeout=QUERY_TIMEOUT,
                **how,
            )

    async def close_async(self) -> None:
        """Close the pool."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def execute_query_async(self, query: str, **arguments: object) -> None:
        """Run a query for its effect."""
        await self.execute_query_all_async(query, **arguments)

    async def execute_query_one_async(self, query: str, **arguments: object) -> dict[str, object]:
        """Run a query and return its first row.

        Raises:
            NoResult: If there is none.
        """
        rows = await self.execute_query_all_async(query, **arguments)
        if not rows:
            raise exceptions.NoResult
        return rows[0]

    async def execute_query_all_async(self, query: str, **arguments: object) -> list[dict[str, object]]:
        """Run a query and return all its rows."""
        if self._pool is None:
            raise exceptions.AppNotOpen
        sql, names = _numbered(query)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                # Not for the session: the pool resets it, and one at a pooler ends with the transaction.
                await connection.execute(f"SET LOCAL search_path = {SCHEMA}")
                statement = await connection.prepare(sql)
                values = [
                    _fit(arguments[name], parameter)
                    for name, parameter in zip(names, statement.get_parameters(), strict=True)
                ]
                return [dict(row) for row in await statement.fetch(*values)]
        except asyncpg.UniqueViolationError as error:
            raise exceptions.UniqueViolation(
                constraint_name=error.constraint_name or "", queueing_lock=None
            ) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise exceptions.ConnectorException(str(error)) from error

    async def listen_notify(self, on_notification: connector.Notify, channels: Iterable[str]) -> None:
        """Listen until cancelled; a lost connection is made again."""
        while True:
            try:
                connection = await connections.connect(
                    self._db.direct, {**_SESSION, "search_path": SCHEMA}, timeout=CONNECT_TIMEOUT
                )
            except (OSError, asyncpg.PostgresError, TimeoutError):
                await asyncio.sleep(RECONNECT_AFTER)  # the worker polls meanwhile
                continue
            try:
                await _listen(connection, on_notification, channels)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await asyncio.sleep(RECONNECT_AFTER)
            finally:
                connection.terminate()


async def _listen(
    connection: asyncpg.Connection[asyncpg.Record], on_notification: connector.Notify, channels: Iterable[str]
) -> None:
    arrived: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    for channel in channels:
        await connection.add_listener(
            channel, lambda _connection, _pid, name, payload: arrived.put_nowait((name, str(payload)))
        )
    while True:
        try:
            async with asyncio.timeout(CHECK_EVERY):
                channel, payload = await arrived.get()
        except TimeoutError:
            await connection.execute("SELECT 1", timeout=CHECK_EVERY)
            continue
        await on_notification(channel=channel, payload=payload)


async def _prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_dumps, decoder=json.loads)


_dumps: Callable[[object], str] = json.dumps


@cache
def _numbered(query: str) -> tuple[str, tuple[str, ...]]:
    """Turn ``%(name)s`` into ``$1``, and return the names in that order."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return _PARAMETER.sub(number, query).replace("%%", "%"), tuple(names)


def _fit(value: object, parameter: asyncpg.Type) -> object:
    """Give a value the type that PostgreSQL expects; psycopg would send every value as text."""
    if value is not None and parameter.name in {"text", "varchar"} and not isinstance(value, str):
        return str(value)
    return list(value) if isinstance(value, (set, frozenset)) else value


@asynccontextmanager
async def retrying(db: Database) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Give a function that puts a failed job, named by its number, into the queue again.

    Args:
        db: The database.
    """
    using = AsyncpgConnector(db, pool_size=1)
    await using.open_async()
    try:
        jobs = JobManager(using)
        yield lambda number: jobs.retry_job_by_id_async(number, retry_at=datetime.now(UTC))
    finally:
        await using.close_async()
