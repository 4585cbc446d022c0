"""Which releases of the application are alive.

Every server instance notes itself every half minute. The contract step reads the notes: it drops what an
old release needs only when none has been seen for a while. Releases before 2.0 that note nothing are seen
by what they write, see `server_stub.migrations.triggers`.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

#: Seconds between two notes of one instance.
INTERVAL_S = 30.0

_BEAT = text("""
    INSERT INTO ablage_migrations.heartbeats (instance_id, release, host, pid)
    VALUES (:instance_id, :release, :host, :pid)
    ON CONFLICT (instance_id) DO UPDATE SET seen_at = now(), release = excluded.release
""")
_GONE = text("DELETE FROM ablage_migrations.heartbeats WHERE instance_id = :instance_id")


async def beat(connection: AsyncConnection, *, instance_id: str, release: str) -> None:
    """Note that a server instance is alive. The caller commits.

    Args:
        connection: A connection to the application's database.
        instance_id: Names this instance, for example a UUID made at start.
        release: The release it runs as: ``"1.0"`` or ``"2.0"``.
    """
    await connection.execute(
        _BEAT,
        {"instance_id": instance_id, "release": release, "host": socket.gethostname(), "pid": os.getpid()},
    )


async def gone(connection: AsyncConnection, *, instance_id: str) -> None:
    """Note that a server instance stops. The caller commits."""
    await connection.execute(_GONE, {"instance_id": instance_id})
