"""Opening connections so that poolers take them.

PgBouncer, Odyssey and their like refuse most settings in the message that opens a connection, so all but
those that they keep for each client are set afterwards. Where they give a client another connection of the
database for each transaction, nothing may outlive one: neither settings nor prepared statements.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from .url import InvalidDatabaseUrlError, dsn, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import URL, Dialect
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.pool import ConnectionPoolEntry

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

#: What may be sent when a connection is opened: poolers keep these for each of their clients.
_AT_OPENING = frozenset({"application_name", "timezone"})
#: Parameters of an address that asyncpg takes itself; every other one is a setting of PostgreSQL.
_OF_ASYNCPG = frozenset(
    {
        "host", "port", "passfile", "service", "servicefile", "krbsrvname", "gsslib", "target_session_attrs",
        "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation",
        "ssl_min_protocol_version", "ssl_max_protocol_version", "direct_tls",
    }
)  # fmt: skip


class TransactionBound(asyncpg.Connection):
    """A connection behind a pooler that may give every transaction to another one of the database.

    Statements travel in several messages, so each is given a transaction where it is not in one.
    """

    async def fetch(self, *args: Any, **options: Any) -> Any:  # noqa: D102 - as in the base class
        if self.is_in_transaction():
            return await super().fetch(*args, **options)
        async with self.transaction():
            return await super().fetch(*args, **options)

    async def fetchrow(self, *args: Any, **options: Any) -> Any:  # noqa: D102
        if self.is_in_transaction():
            return await super().fetchrow(*args, **options)
        async with self.transaction():
            return await super().fetchrow(*args, **options)

    async def fetchval(self, *args: Any, **options: Any) -> Any:  # noqa: D102
        if self.is_in_transaction():
            return await super().fetchval(*args, **options)
        async with self.transaction():
            return await super().fetchval(*args, **options)

    def get_reset_query(self) -> str:
        """Return nothing to undo: what a session keeps may belong to another client by now."""
        return ""


def arguments(
    url: str | URL, settings: Mapping[str, str], *, transaction_bound: bool = False
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the arguments for `asyncpg.connect`, and the settings that are to be set after it.

    Args:
        url: A database address, see `server_stub.migrations.url.parse`. Settings in its ``options``, and
            parameters that are none of a connection, are settings of PostgreSQL.
        settings: Others; those of the address win.
        transaction_bound: Whether every transaction may reach another session, see `TransactionBound`.

    Raises:
        InvalidDatabaseUrlError: If settings of the address would be lost.
    """
    address = parse(dsn(url))
    options, rest = _options(address)
    given = {
        name: value
        for name, value in address.query.items()
        if name not in _OF_ASYNCPG and name != "options" and isinstance(value, str)
    } | options
    address = address.difference_update_query([*given, "options"])
    if rest:
        address = address.update_query_dict({"options": rest})
    later = {name: value for name, value in {**settings, **given}.items() if name.lower() not in _AT_OPENING}
    opening = {name: value for name, value in {**settings, **given}.items() if name.lower() in _AT_OPENING}
    made: dict[str, Any] = {"dsn": dsn(address), "server_settings": opening}
    if not transaction_bound:
        return made, later
    lost = sorted(name for name in given if name in later)
    if lost:
        raise InvalidDatabaseUrlError(
            f"{', '.join(lost)} in the database address would be lost at a pooler that gives every "
            "transaction another connection. Set it for the role instead: ALTER ROLE … SET …"
        )
    return {**made, "statement_cache_size": 0, "connection_class": TransactionBound}, {}


async def connect(
    url: str | URL,
    settings: Mapping[str, str],
    *,
    timeout: float | None = None,  # noqa: ASYNC109 - the driver's own
    transaction_bound: bool = False,
) -> Connection:
    """Open a connection.

    Args:
        url: A database address.
        settings: Settings of PostgreSQL for it, such as ``application_name``.
        timeout: Seconds until it must be open; by default the driver's 60.
        transaction_bound: Whether every transaction may reach another session. Only ``application_name`` and
            ``timezone`` of the settings are kept then.
    """
    how, later = arguments(url, settings, transaction_bound=transaction_bound)
    if timeout is not None:
        how["timeout"] = timeout
    connection: Connection = await asyncpg.connect(**how)
    try:
        await apply(connection, later)
    except BaseException:  # who waits for it may be cancelled at any moment
        connection.terminate()
        raise
    return connection


async def apply(connection: Connection, settings: Mapping[str, str]) -> None:
    """Set what a session keeps, in one message."""
    if settings:
        calls = ", ".join(
            f"set_config({_literal(name)}, {_literal(value)}, false)" for name, value in settings.items()
        )
        await connection.execute(f"SELECT {calls}")


def _literal(value: str) -> str:
    return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _options(address: URL) -> tuple[dict[str, str], str]:
    """Return the settings in the ``options`` of an address, and what else is there, which a host may need."""
    options = address.query.get("options", "")
    settings: dict[str, str] = {}
    rest: list[str] = []
    words = iter(shlex.split(options if isinstance(options, str) else " ".join(options)))
    for word in words:
        setting = next(words, "") if word == "-c" else word.removeprefix("-c" if word[:2] == "-c" else "--")
        name, equals, value = setting.partition("=")
        if equals and (word[:2] in {"-c", "--"}):
            settings[name.replace("-", "_")] = value
        else:
            rest.append(word)
    return settings, " ".join(rest)


def read_by_driver(
    made: AsyncEngine,
    settings: Mapping[str, str],
    *,
    timeout: float | None = None,
    transaction_bound: bool = False,
) -> None:
    """Let an engine open its connections with `connect`.

    Args:
        made: The engine. SQLAlchemy makes arguments of its address that the driver does not have.
        settings: See there.
        timeout: Seconds; the address may give another number.
        transaction_bound: See there.
    """
    address = made.url.set(drivername="postgresql")
    timeout = float(str(address.query.get("connect_timeout", "0"))) or timeout

    async def open_connection() -> Connection:
        return await connect(address, settings, timeout=timeout, transaction_bound=transaction_bound)

    @event.listens_for(made.sync_engine, "do_connect")
    def _(
        _dialect: Dialect, _entry: ConnectionPoolEntry, _args: object, arguments: dict[str, object]
    ) -> None:
        arguments.clear()
        arguments["async_creator_fn"] = open_connection
        if transaction_bound:
            arguments["prepared_statement_cache_size"] = 0
            arguments["prepared_statement_name_func"] = str  # no name: it lasts until the next one


def engine(url: str | URL, *, application_name: str = "ablage-migrate") -> AsyncEngine:
    """Return an engine that opens one connection for each use and keeps none.

    Args:
        url: A database address, see `parse`.
        application_name: What ``pg_stat_activity`` shows, so that others see who holds a lock.
    """
    made = create_async_engine(parse(url), poolclass=NullPool)
    read_by_driver(made, {"application_name": application_name})
    return made
