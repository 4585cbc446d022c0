"""How Alembic runs the history: online on asyncpg, or offline into a script."""

from __future__ import annotations

import asyncio
import importlib
import os
from concurrent.futures import ThreadPoolExecutor
from logging.config import fileConfig
from typing import TYPE_CHECKING

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from server_stub.migrations import bookkeeping, url

if TYPE_CHECKING:
    from sqlalchemy import MetaData

config = context.config
if config.config_file_name is not None and config.attributes.get("configure_logger", True):
    fileConfig(config.config_file_name, disable_existing_loggers=False)

#: Tables that are no part of this history.
EXCLUDED_TABLES = frozenset({"spatial_ref_sys", "alembic_version"})


def _target_metadata() -> MetaData | None:
    """Load the tables named in the configuration: this package itself knows no application."""
    name = config.get_main_option("target_metadata")
    if not name:
        return None
    module, _, attribute = name.partition(":")
    metadata: MetaData = getattr(importlib.import_module(module), attribute)
    return metadata


def _include_object(_object: object, name: str | None, type_: str, *_: object) -> bool:
    return not (type_ == "table" and name in EXCLUDED_TABLES)


def _database_url() -> str:
    given = (
        context.get_x_argument(as_dictionary=True).get("url")
        or config.attributes.get("url")
        or config.get_main_option("sqlalchemy.url")
        or os.environ.get("DATABASE_URL")
    )
    if not given:
        raise SystemExit("Which database? Set DATABASE_URL, or pass -x url=postgresql://…")
    return str(given)


OPTIONS = {
    "target_metadata": _target_metadata(),
    "include_object": _include_object,
    "compare_type": True,
    "compare_server_default": True,
    "transaction_per_migration": True,
}


def run_offline() -> None:
    """Write the script to standard output."""
    context.configure(
        dialect_name="postgresql",
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        **OPTIONS,
    )
    for statement in bookkeeping.STATEMENTS:
        context.get_context().impl.static_output(statement.strip() + ";\n")
    context.run_migrations()


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, **OPTIONS)
    bookkeeping.ensure(connection)
    with context.begin_transaction():
        context.run_migrations()


async def _migrate_async(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


def run_online() -> None:
    """Run against a database: the caller's connection or engine, or the configured address."""
    given = config.attributes.get("connection")
    if isinstance(given, Connection):
        _migrate(given)
        return
    engine = given if isinstance(given, AsyncEngine) else url.engine(_database_url())
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(_migrate_async(engine))
    else:  # called from a coroutine: its loop is busy, so use another thread's
        with ThreadPoolExecutor(1) as pool:
            pool.submit(context_free_run, engine).result()


def context_free_run(engine: AsyncEngine) -> None:
    """Run the migration on an event loop of this thread."""
    asyncio.run(_migrate_async(engine))


if context.is_offline_mode():
    run_offline()
else:
    run_online()
