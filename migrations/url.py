"""Database addresses: what users write, and what the driver needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

_SCHEMES = frozenset({"postgres", "postgresql", "postgresql+asyncpg"})


class InvalidDatabaseUrlError(ValueError):
    """A database address that cannot be used; the message says why, without the password."""


def parse(url: str | URL) -> URL:
    """Turn a database address into one for asyncpg.

    Args:
        url: ``postgresql://user:password@host:port/name``. The spellings ``postgres://`` and
            ``postgresql+asyncpg://`` are taken too; ``?host=/directory`` names a Unix socket.

    Raises:
        InvalidDatabaseUrlError: If it is no PostgreSQL address.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise InvalidDatabaseUrlError(
            "The database address cannot be read. Write it as postgresql://USER:PASSWORD@HOST:PORT/NAME."
        ) from None
    if parsed.drivername not in _SCHEMES:
        raise InvalidDatabaseUrlError(
            f"Only PostgreSQL is supported, not {parsed.drivername!r}. "
            "Write the address as postgresql://USER:PASSWORD@HOST:PORT/NAME."
        )
    parsed = parsed.set(drivername="postgresql+asyncpg")
    # libpq calls the parameter sslmode, asyncpg ssl; the values are the same.
    sslmode = parsed.query.get("sslmode")
    if sslmode is not None:
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": sslmode})
    return parsed


def engine(url: str | URL, *, application_name: str = "ablage-migrate") -> AsyncEngine:
    """Return an engine that opens one connection for each use and keeps none.

    Args:
        url: A database address, see `parse`.
        application_name: What ``pg_stat_activity`` shows, so that others see who holds a lock.
    """
    return create_async_engine(
        parse(url),
        poolclass=NullPool,
        connect_args={"server_settings": {"application_name": application_name}},
    )
