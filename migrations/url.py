"""Database addresses: what users write, and what the driver needs."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from .errors import MigrationError

_SCHEMES = frozenset({"postgres", "postgresql", "postgresql+asyncpg"})
#: Parameters that belong before the question mark.
_PARTS = ("user", "password", "dbname")
#: Parameters of libpq that asyncpg does not know and would pass on to the server, which does not know them
#: either. They change how a connection is made, not what it can do.
_LIBPQ_ONLY = (
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "fallback_application_name",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "sslcompression",
    "sslsni",
    "tcp_user_timeout",
)


class InvalidDatabaseUrlError(MigrationError, ValueError):
    """A database address that cannot be used; the message says why, without the password."""


def parse(url: str | URL) -> URL:
    """Turn a database address into one for asyncpg.

    Args:
        url: ``postgresql://user:password@host:port/name``. The spellings ``postgres://`` and
            ``postgresql+asyncpg://`` are taken too; ``?host=/directory`` names a Unix socket. The other
            parameters are those of libpq: ``sslmode``, ``sslrootcert``, ``connect_timeout``, ``options``, …

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
    # A password must be where it is known as one.
    given = {name: value for name in _PARTS if isinstance(value := parsed.query.get(name), str)}
    parsed = parsed.difference_update_query(given).set(
        username=given.get("user"), password=given.get("password"), database=given.get("dbname")
    )
    # SQLAlchemy and asyncpg call it ssl where it is an argument; in an address it is libpq's sslmode.
    mode = parsed.query.get("ssl")
    if isinstance(mode, str):
        parsed = parsed.difference_update_query(["ssl"]).update_query_dict({"sslmode": mode})
    hosts = parsed.query.get("host")
    if isinstance(hosts, tuple):
        parsed = parsed.update_query_dict({"host": ",".join(hosts)})
    timeout = parsed.query.get("connect_timeout", "0")
    if not (isinstance(timeout, str) and timeout.isdecimal()):
        raise InvalidDatabaseUrlError("connect_timeout in the database address must be a number of seconds.")
    return parsed.set(drivername="postgresql+asyncpg")


def dsn(url: str | URL) -> str:
    """Return an address as asyncpg itself reads it, with the password."""
    plain = parse(url).set(drivername="postgresql").difference_update_query(_LIBPQ_ONLY)
    return plain.render_as_string(hide_password=False)


def libpq(url: str | URL) -> tuple[str, str | None]:
    """Return an address as PostgreSQL's own programs read it, without its password, and the password."""
    address = parse(url)
    # set(password=None) would leave it as it is
    plain = URL.create(
        "postgresql", address.username, None, address.host, address.port, address.database, address.query
    )
    return plain.render_as_string(hide_password=False), address.password
