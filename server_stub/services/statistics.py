"""How much of everything there is, for whoever runs the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_stub.storage.queries import statistics

if TYPE_CHECKING:
    from server_stub.services.access import Actor
    from server_stub.services.context import Services


async def count(services: Services, actor: Actor) -> dict[str, object]:
    """Return the counts by name: users, documents by status, jobs, deliveries and more."""
    actor.require("settings", "read")
    async with services.db.connect() as conn:
        return await statistics.count(conn)
