"""Tells the database which release runs, so that no migration takes away what it needs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from server_stub.migrations import heartbeats
from server_stub.observability.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server_stub.releases import ReleaseName
    from server_stub.storage.database import Database

log = get_logger(__name__)


@asynccontextmanager
async def heartbeating(db: Database, release: ReleaseName) -> AsyncIterator[None]:
    """Note this server at once and every half minute; take the note back at the end of the block.

    Args:
        db: The application's database.
        release: The release that the server runs as.
    """
    instance_id = str(uuid4())
    async with db.begin() as conn:
        await heartbeats.beat(conn, instance_id=instance_id, release=release)
    task = asyncio.create_task(_beat(db, instance_id, release), name="heartbeat")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        # A note that stays behind is ignored after a while; stopping must not fail for it.
        with suppress(SQLAlchemyError, OSError):
            async with db.begin() as conn:
                await heartbeats.gone(conn, instance_id=instance_id)


async def _beat(db: Database, instance_id: str, release: ReleaseName) -> None:
    while True:
        await asyncio.sleep(heartbeats.INTERVAL_S)
        try:
            async with db.begin() as conn:
                await heartbeats.beat(conn, instance_id=instance_id, release=release)
        except (SQLAlchemyError, OSError) as error:
            log.warning("The heartbeat could not be noted.", reason=type(error).__name__)
