"""One migration at a time, however many servers start at once.

The lock is a PostgreSQL advisory lock of the session, taken by polling on a connection of its own that is
never in a transaction: a waiting ``pg_advisory_lock`` call would be a transaction that
``CREATE INDEX CONCURRENTLY`` of the lock's holder waits for, and both would wait for ever.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from .errors import MigrationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

#: The advisory lock, as two 32-bit numbers ("Abla", "ge").
KEY = (0x41626C61, 0x6765)
#: Seconds that a migration waits for another one before it gives up.
PATIENCE_S = 1800.0
_POLL_S = (0.05, 0.4)

_TRY = text("SELECT pg_try_advisory_lock(:high, :low)").bindparams(high=KEY[0], low=KEY[1])
_HOLDER = text("""
    SELECT a.pid, a.application_name, host(a.client_addr) AS address,
           round(extract(epoch FROM now() - a.backend_start)) AS seconds
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid = :high AND l.objid = :low
""").bindparams(high=KEY[0], low=KEY[1])


class MigrationLockedError(MigrationError):
    """Another migration did not finish in time; the message names who holds the lock."""


class MigrationLockLostError(MigrationError):
    """The connection that holds the lock broke, so another migration may have begun."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The lock, held."""

    connection: AsyncConnection

    async def verify(self) -> None:
        """Make sure that the lock is still held.

        Raises:
            MigrationLockLostError: If the connection broke.
        """
        try:
            await self.connection.execute(text("SELECT 1"))
        except Exception as error:
            raise MigrationLockLostError(
                "The connection that holds the migration lock broke; another migration may have begun. "
                "Run the same command again: it continues where this one stopped."
            ) from error


@asynccontextmanager
async def hold(engine: AsyncEngine, *, patience: float = PATIENCE_S) -> AsyncIterator[Lease]:
    """Hold the migration lock of a database.

    Args:
        engine: Where to open the connection that holds it.
        patience: Seconds to wait for another migration.

    Raises:
        MigrationLockedError: If another migration still runs by then.
    """
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("SET idle_session_timeout = 0"))
        deadline = time.monotonic() + patience
        while not await connection.scalar(_TRY):
            if time.monotonic() > deadline:
                raise MigrationLockedError(await _who(connection, patience))
            await asyncio.sleep(random.uniform(*_POLL_S))  # noqa: S311 - jitter, no secret
        # Closing the connection releases the lock, also when this process is killed.
        yield Lease(connection)


async def _who(connection: AsyncConnection, patience: float) -> str:
    holder = (await connection.execute(_HOLDER)).first()
    if holder is None:
        return f"Another migration held the lock for {patience:.0f} s and has just finished. Run it again."
    pid, name, address, seconds = holder
    return (
        f"Another migration is running since {seconds} s: {name or 'a session without a name'} from "
        f"{address or 'this machine'} (database process {pid}). Waited {patience:.0f} s for it. Wait longer "
        f"(--wait SECONDS), or if that migration is dead: SELECT pg_terminate_backend({pid})."
    )
