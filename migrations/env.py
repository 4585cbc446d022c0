"""How Alembic runs the history: online on asyncpg, or offline into a script."""

from __future__ import annotations

import asyncio
import importlib
import os
import time
from logging.config import fileConfig
from typing import TYPE_CHECKING

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from server_stub.migrations import (
    bookkeeping,
    connection,
    lock,
    loop,
    offline,
    options,
    ownership,
    preflight,
    steps,
    unfinished,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from alembic.runtime.migration import MigrationContext, MigrationInfo
    from sqlalchemy import MetaData

config = context.config
if config.config_file_name is not None and config.attributes.get("configure_logger", True):
    fileConfig(config.config_file_name, disable_existing_loggers=False)

#: Tables that are no part of this history.
EXCLUDED_TABLES = frozenset({"spatial_ref_sys", "alembic_version"})
#: Commands of the ``alembic`` program that change nothing, so they need not wait for a migration.
READ_ONLY = frozenset({"current", "check", "revision", "history", "heads", "show"})


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


def _given() -> options.Options:
    """Return the caller's options; on the command line they come as ``-x name=value``."""
    given = config.attributes.get("ablage")
    if isinstance(given, options.Options):
        return given
    return options.parse(context.get_x_argument(as_dictionary=True))


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


def _configure(connection: Connection | None) -> None:
    as_script = connection is None
    context.configure(
        connection=connection,
        target_metadata=_target_metadata(),
        include_object=_include_object,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
        on_version_apply=_applied,
        dialect_name="postgresql" if as_script else None,
        literal_binds=as_script,
        ablage=_given(),
        ablage_script=config.attributes.get("script"),
        ablage_progress=config.attributes.get("on_progress"),
    )
    if connection is not None and not _reads_only() and _command() != "stamp":
        ctx = context.get_context()
        plan = ctx._migrations_fn  # noqa: SLF001 - it has no other handle
        if plan is not None:
            ctx._migrations_fn = steps.watched(plan)  # noqa: SLF001


def _applied(
    ctx: MigrationContext, step: MigrationInfo, heads: Collection[object], run_args: Mapping[str, object]
) -> None:
    """Look after each step whether the lock is still ours, and tell the caller."""
    del heads, run_args
    lease = config.attributes.get("lease")
    if isinstance(lease, lock.Lease):
        await_only(lease.verify())
    now = time.monotonic()
    if not ctx.as_sql and ctx.connection is not None and step.up_revision_id is not None:
        unfinished.forget(ctx.connection)
        seconds = now - config.attributes.get("since", now)
        bookkeeping.record_duration(ctx.connection, step.up_revision_id, seconds)
    config.attributes["since"] = now
    observer = config.attributes.get("observer")
    if callable(observer):
        observer(step)


def run_offline() -> None:
    """Write the script to standard output."""
    _configure(None)
    output = context.get_context().impl
    for statement in ("BEGIN", *bookkeeping.LIMITS, *bookkeeping.statements(), "COMMIT"):
        output.static_output(statement.strip().rstrip(";") + ";\n")
    script = config.attributes.get("script")
    if isinstance(script, offline.Script):
        script.begin()
    context.run_migrations()


#: Limits that a role or database sets for applications would end a migration in its middle, each time anew.
_NO_LIMITS = """
    SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN (
        'statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
        'transaction_timeout'
    )
"""


def _migrate(connection: Connection) -> None:
    _configure(connection)
    if not _reads_only():
        connection.exec_driver_sql(_NO_LIMITS)
        connection.commit()
        ownership.verify(connection, stamping=_command() == "stamp")
        preflight.verify(connection)
        connection.rollback()
        bookkeeping.ensure(connection)
        if _command() == "stamp":
            unfinished.forget(connection)
            connection.commit()
        else:
            unfinished.take_up(connection, down=_command() == "downgrade")
    config.attributes["since"] = time.monotonic()
    with context.begin_transaction():
        context.run_migrations()


async def _migrate_async(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        if _reads_only():
            await connection.run_sync(_migrate)
            return
        async with lock.hold(engine, patience=_given().wait) as lease:
            config.attributes["lease"] = lease
            try:
                await connection.run_sync(_migrate)
            except Exception:
                # What cleans up after Ctrl-C meets statements that were broken off, and tells of those.
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise asyncio.CancelledError from None
                raise


def _command() -> str:
    """Return what is done: ``upgrade``, ``downgrade``, ``stamp``, or a command of the ``alembic`` program."""
    command = getattr(config.cmd_opts, "cmd", None)
    return str(config.attributes.get("command", "") if command is None else command[0].__name__)


def _reads_only() -> bool:
    return _command() in READ_ONLY


def run_online() -> None:
    """Run against a database: the caller's connection or engine, or the configured address."""
    given = config.attributes.get("connection")
    if isinstance(given, Connection):
        _migrate(given)
        return
    engine = given if isinstance(given, AsyncEngine) else connection.engine(_database_url())
    loop.run_async(_migrate_async(engine))


if context.is_offline_mode():
    run_offline()
else:
    run_online()
