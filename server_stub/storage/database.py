"""Connections to PostgreSQL."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import greenlet_spawn

from server_stub.migrations import connection as connections
from server_stub.migrations.url import parse
from server_stub.observability import tracing
from server_stub.releases import RELEASE_2_0

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
    from sqlalchemy.engine.url import URL
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

    from server_stub.releases import Release, ReleaseName

#: Seconds to wait for a new connection, and for a free one.
CONNECT_TIMEOUT = 10
POOL_TIMEOUT = 10
#: What is wrong with an address where `loses_sessions` holds, after the name of its setting.
SESSIONS_LOST = (
    "leads to a pooler that gives every transaction another connection: set pool_mode = session in its ini "
    "file (or take the provider's address for sessions), or name the database itself in "
    "ABLAGE_DATABASE_DIRECT_URL."
)
#: Release → what SQLAlchemy calls its way of talking to the database.
DRIVERS: Mapping[ReleaseName, str] = {"1.0": "postgresql+ablage_1_0", "2.0": "postgresql+asyncpg"}

registry.register("postgresql.ablage_1_0", "server_stub.storage.release_1_0", "Release1Dialect")


class DatabaseUnreachableError(ConnectionError):
    """No connection could be opened: the host is unknown, nobody is there, or nobody answers in time."""


class Database:
    """A pool of connections to one PostgreSQL database.

    Args:
        url: The address, as `server_stub.migrations.url.parse` takes it.
        pool_size: How many connections are kept open.
        max_overflow: How many more may be opened when all are busy.
        release: Whose columns are read and written.
        direct: The address without a pooler, where ``url`` leads to one that gives every transaction another
            connection.

    Attributes:
        url: The address, for asyncpg. Its ``str()`` hides the password.
        direct: The address for what needs a session: LISTEN, locks, the schema.
        engine: SQLAlchemy's engine.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        pool_size: int = 10,
        max_overflow: int = 10,
        release: Release = RELEASE_2_0,
        direct: URL | None = None,
    ) -> None:
        self.url = parse(url)
        self.direct = direct or self.url
        self.engine: AsyncEngine = create_async_engine(
            self.url.set(drivername=DRIVERS[release.name]),
            pool_size=pool_size,
            max_overflow=max_overflow,
            pool_timeout=POOL_TIMEOUT,
            hide_parameters=True,  # an error that is logged must not tell what somebody stored
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
        )
        connections.read_by_driver(
            self.engine,
            {
                "application_name": "ablage-server",
                # A client that vanished in the middle of a transaction must not hold its locks for ever.
                "idle_in_transaction_session_timeout": "60s",
                "timezone": "UTC",
            },
            timeout=CONNECT_TIMEOUT,
            transaction_bound=self.transaction_bound,
        )
        sa.event.listen(self.engine.sync_engine, "do_connect", _connect)
        sa.event.listen(self.engine.sync_engine, "checkout", _refuse_dead_connection)
        tracing.watch(self.engine)

    @property
    def transaction_bound(self) -> bool:
        """Whether every transaction may reach another session, so that nothing may outlive one."""
        return self.direct != self.url

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection with a transaction: committed at the end, rolled back on an exception."""
        async with self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for reading; nothing is committed unless the caller does so."""
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def driver(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """Give a connection of asyncpg itself, for single statements outside of any transaction.

        It comes from the same pool, for a third of what a connection of SQLAlchemy's costs.
        """
        pooled = await self.engine.raw_connection()
        try:
            yield cast("asyncpg.Connection[asyncpg.Record]", pooled.driver_connection)
        finally:
            if self.pool.overflow() > 0:
                await greenlet_spawn(pooled.close)  # the pool may have no place for it: closing it waits
            else:
                pooled.close()

    async def ping(self) -> None:
        """Ask the database for nothing, to see that it answers."""
        async with self.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))

    async def revision(self) -> str | None:
        """Return the revision of the schema; ``None`` where none is noted."""
        async with self.connect() as connection:
            found: str | None = await connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found

    @property
    def pool(self) -> QueuePool:
        """The pool, for its figures."""
        pool = self.engine.pool
        assert isinstance(pool, sa.QueuePool)  # noqa: S101 - what create_async_engine makes
        return pool

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def create_missing(url: URL, name: str) -> None:
    """Create a database unless it is there; of several processes that try at once, one makes it.

    Args:
        url: The address of another database of the same server.
        name: What it is called.
    """
    connection = await connect_raw(url, application_name="ablage-server")
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # another process was faster
    finally:
        await connection.close()


async def connect_raw(url: URL, *, application_name: str) -> asyncpg.Connection[asyncpg.Record]:
    """Open one asyncpg connection outside of any pool, for LISTEN and for work on the schema.

    Args:
        url: The address of the database.
        application_name: What ``pg_stat_activity`` shows.
    """
    settings = {"application_name": application_name, "timezone": "UTC"}
    return await connections.connect(url, settings, timeout=CONNECT_TIMEOUT)


async def loses_sessions(url: URL) -> bool:
    """Whether a pooler at an address gives every transaction another connection of the database.

    Args:
        url: The address of the database.
    """
    async with AsyncExitStack() as stack:

        async def opened() -> asyncpg.Connection[asyncpg.Record]:
            how, _ = connections.arguments(url, {"application_name": "ablage-server"})
            connection = await asyncpg.connect(
                **how,
                timeout=CONNECT_TIMEOUT,
                statement_cache_size=0,
                connection_class=connections.TransactionBound,
            )
            stack.callback(connection.terminate)
            return connection

        first = await opened()
        process = await _process(first)
        if process == first.get_server_pid():
            return False  # nobody is in between: a pooler gives numbers of its own
        second = await opened()
        # With a session of its own, each client keeps its process, and no two have the same.
        for one in [first, second, first, first, second] * 2:
            if (await _process(one) == process) != (one is first):
                return True
    return False


async def _process(connection: asyncpg.Connection[asyncpg.Record]) -> int:
    async with connection.transaction():
        process: int = await connection.fetchval("SELECT pg_backend_pid()")
    return process


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


def _connect(
    dialect: Dialect, _entry: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]
) -> DBAPIConnection:
    """Open a connection; an error of the network is told apart from those of files, which look alike."""
    try:
        return dialect.connect(*arguments, **options)
    except OSError as error:
        raise DatabaseUnreachableError(*error.args) from error


def _refuse_dead_connection(
    dbapi_connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Let the pool replace a connection that PostgreSQL closed (a restart), without a ping each time."""
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError
