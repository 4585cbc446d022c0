"""Background jobs, as whoever runs the server looks after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_stub.storage.queries import jobs as stored
from server_stub.storage.queue_connector import retrying

if TYPE_CHECKING:
    from collections.abc import Collection

    from server_stub.services.access import Actor
    from server_stub.services.context import Services


async def list_jobs(
    services: Services, actor: Actor, *, status: str | None, queue: str | None, limit: int
) -> list[dict[str, object]]:
    """Return jobs, the newest first."""
    actor.require("settings", "read")
    async with services.db.connect() as conn:
        return await stored.table(conn, status=status, queue=queue, limit=limit)


async def retry(services: Services, actor: Actor, numbers: Collection[int] | None) -> int:
    """Do failed recognitions again, these or all; return how many. Their documents are pending until then."""
    actor.require("settings", "update")
    async with services.db.connect() as conn:
        failed = await stored.failed(conn)
    chosen = failed if numbers is None else failed.intersection(numbers)
    async with retrying(services.db) as do_again:
        for number in sorted(chosen):
            async with services.db.begin() as conn:
                await stored.reopen(conn, number)
            await do_again(number)
    return len(chosen)
