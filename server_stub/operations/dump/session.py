"""Connections whose long work no default of a role or database may end."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from server_stub.migrations.url import dsn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_CLOSE_S = 5
#: Off, where the server knows them; the rest decides how rows are written as text, and so their fingerprint.
_SETTINGS = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "transaction_timeout": "0",
    "row_security": "off",
    "DateStyle": "ISO, DMY",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    # The server notices that we are gone in the middle of a statement, too, and rolls back.
    "client_connection_check_interval": "1s",
}
_APPLY = (
    "SELECT set_config(name, wanted, false) FROM pg_settings JOIN unnest($1::text[], $2::text[]) "
    "AS w(name, wanted) USING (name)"
)


@asynccontextmanager
async def session(url: str) -> AsyncIterator[Connection]:
    """Open a connection; its settings are made after connecting, for poolers refuse them before."""
    connection: Connection = await asyncpg.connect(dsn(url))
    try:
        # First what is quick: a role's time limit may be shorter than reading the list of settings takes.
        await connection.execute("SET statement_timeout = 0; SET application_name = 'ablage-server db'")
        await connection.execute(_APPLY, [*_SETTINGS], [*_SETTINGS.values()])
        yield connection
    finally:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            await connection.close(timeout=_CLOSE_S)
