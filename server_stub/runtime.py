"""A running server without HTTP: its parts, started and stopped in order."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg
from anyio import CancelScope
from anyio.to_thread import run_sync
from sqlalchemy.exc import SQLAlchemyError

from server_stub.errors import StartupError
from server_stub.jobs.heartbeat import heartbeating
from server_stub.migrations import commands, guard, ownership, remedies
from server_stub.migrations.connection import engine
from server_stub.migrations.errors import MigrationError
from server_stub.migrations.url import InvalidDatabaseUrlError, parse
from server_stub.releases import RELEASES
from server_stub.services import bootstrap
from server_stub.services.context import Services
from server_stub.storage import queue_schema
from server_stub.storage.database import (
    SESSIONS_LOST,
    Database,
    connect_raw,
    create_missing,
    loses_sessions,
)
from server_stub.storage.embedded import DATABASE, EmbeddedPostgres
from server_stub.storage.embedded_user import EmbeddedDatabaseError
from server_stub.storage.files import FileStore
from server_stub.storage.listener import Listener
from server_stub.storage.queries.documents import FINISHED_CHANNEL
from server_stub.storage.queries.webhooks import DUE_CHANNEL
from server_stub.storage.queue import Queue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL

    from server_stub.releases import ReleaseName
    from server_stub.settings import Settings

#: What one process needs beside its pool: the queue, notifications, the schema.
OTHER_CONNECTIONS = 12
#: What the embedded PostgreSQL allows at least; twice what the processes need, for others beside them.
MIN_CONNECTIONS = 200

#: Alembic keeps its state in module globals: one migration at a time in one process.
_migrating = threading.Lock()


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a started server is made of.

    Attributes:
        services: Its parts.
        embedded: The embedded PostgreSQL, if it is the one that is used.
        new_api_key: The admin's API key, when this start made it.
    """

    services: Services
    embedded: EmbeddedPostgres | None
    new_api_key: str | None


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Runtime]:
    """Start everything but HTTP and the workers; stop it at the end of the block.

    Raises:
        StartupError: If something needed cannot be had.
    """
    async with prepared(settings) as found:
        await found.services.listener.start(FINISHED_CHANNEL, DUE_CHANNEL)
        if settings.read_only:
            yield found
            return
        async with heartbeating(found.services.db, found.services.release.name):
            yield found


@asynccontextmanager
async def prepared(settings: Settings) -> AsyncIterator[Runtime]:
    """Start the database, migrate it and make the first admin: what comes before any work.

    Raises:
        StartupError: If something needed cannot be had.
    """
    settings = settings.with_secret_key()
    async with _database(settings) as (url, direct, embedded):
        await _migrate(settings, direct)
        async with _services(settings, url, direct) as services:
            new_api_key = None if settings.read_only else await bootstrap.ensure_admin(services)
            yield Runtime(services, embedded, new_api_key)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Services]:
    """Give the parts of a server to a command that works beside one, or without one.

    Nothing is migrated, and nobody listens for notifications.

    Raises:
        StartupError: If the database cannot be reached, or is not ours.
    """
    settings = settings.with_secret_key()
    async with _database(settings) as (url, direct, _), _services(settings, url, direct) as services:
        try:
            async with engine(direct).connect() as connection:
                await connection.run_sync(ownership.verify)
        except MigrationError as error:
            raise StartupError(str(error)) from None
        yield services


@asynccontextmanager
async def _services(settings: Settings, url: URL, direct: URL) -> AsyncIterator[Services]:
    try:
        files = FileStore(settings.storage_url or settings.data_dir / "files", scratch=settings.data_dir)
    except Exception as error:  # noqa: BLE001 - stores have no error in common
        raise StartupError(f"The place for files cannot be used: {error}") from None
    release, pool = RELEASES[settings.release], settings.database_pool_size
    db = Database(url, pool_size=pool, max_overflow=pool, release=release, direct=direct)
    listener = Listener(direct)
    try:
        yield Services(
            db=db, files=files, settings=settings, queue=Queue(), listener=listener, release=release
        )
    finally:
        await listener.stop()
        await db.close()


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[tuple[URL, URL, EmbeddedPostgres | None]]:
    """Give the address of a database that was reached, the one past any pooler, and the embedded PostgreSQL.

    The last only if the database is in that.
    """
    if settings.database_url is not None:
        url = await _reached("DATABASE_URL", settings.database_url.get_secret_value())
        if settings.database_direct_url is not None:
            direct = await _reached(
                "ABLAGE_DATABASE_DIRECT_URL", settings.database_direct_url.get_secret_value()
            )
            await _keeps_sessions("ABLAGE_DATABASE_DIRECT_URL", direct)
        else:
            direct = url
            await _keeps_sessions("DATABASE_URL", url)
        yield url, direct, None
        return
    connections = settings.workers * (2 * settings.database_pool_size + OTHER_CONNECTIONS)
    embedded = EmbeddedPostgres(
        settings.data_dir / "postgres", {"max_connections": str(max(MIN_CONNECTIONS, 2 * connections))}
    )
    try:
        await run_sync(embedded.start)
    except EmbeddedDatabaseError as error:
        raise StartupError(str(error)) from None
    try:
        await create_missing(parse(embedded.url()), DATABASE)
        url = parse(embedded.url(DATABASE))
        yield url, url, embedded
    finally:
        with CancelScope(shield=True):
            await run_sync(embedded.stop)


async def _keeps_sessions(name: str, url: URL) -> None:
    try:
        lost = await loses_sessions(url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        raise StartupError(f"{name}: the pooler in front of the database fails: {_reason(error)}.") from None
    if lost:
        raise StartupError(f"{name} {SESSIONS_LOST}")


async def _reached(name: str, address: str) -> URL:
    try:
        url = parse(address)
    except InvalidDatabaseUrlError as error:
        raise StartupError(f"{name}: {error}") from None
    try:
        connection = await connect_raw(url, application_name="ablage-server")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        raise StartupError(
            f"The database {url.render_as_string()} cannot be reached: {_reason(error)}. Check "
            f"{name} and that PostgreSQL runs there; without DATABASE_URL an embedded one is used."
        ) from None
    await connection.close()
    return url


async def _migrate(settings: Settings, url: URL) -> None:
    try:
        if settings.auto_migrate and not settings.read_only:
            await run_sync(_upgrade, url, settings.release)
        async with engine(url).connect() as connection:
            await guard.check_database(connection, release=settings.release)
    except MigrationError as error:
        raise StartupError(str(error)) from None
    except (SQLAlchemyError, asyncpg.PostgresError) as error:
        raise StartupError(
            f"The database could not be migrated. {remedies.in_words(getattr(error, 'orig', None) or error)}"
        ) from error
    if not settings.read_only:
        await queue_schema.ensure(url)


def _upgrade(url: URL, release: ReleaseName) -> None:
    with _migrating:
        # A database that has data is brought only as far as this release needs: others may still run.
        target = guard.start_target(commands.current(url), release=release)
        if target is not None:
            commands.upgrade(url, target)


def _reason(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__).rstrip(".")
