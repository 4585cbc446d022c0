"""Deliveries: which event went to which webhook, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from server_stub.errors import ConflictError, NotFoundError
from server_stub.services import paging
from server_stub.services.events import TEST_EVENT
from server_stub.services.idempotency import once
from server_stub.services.webhooks import admit, fetch
from server_stub.storage import ids
from server_stub.storage.queries import webhook_events
from server_stub.storage.queries import webhooks as stored

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.services.idempotency import Claim

#: A delivery as it is answered.
Delivery: TypeAlias = "dict[str, object]"
Status: TypeAlias = Literal["pending", "delivered", "dead"]


async def list_deliveries(
    services: Services,
    actor: Actor,
    webhook_id: UUID,
    window: paging.Window,
    *,
    status: Status | None = None,
) -> paging.Listing[Delivery]:
    """Return the deliveries of a webhook, the newest first.

    Raises:
        NotFoundError: There is no such webhook, or it belongs to somebody else.
    """
    admit(services, actor, "read")
    async with services.db.connect() as conn:
        await fetch(conn, actor, webhook_id)
        rows = stored.listed_deliveries(webhook_id, status)
        return await paging.read(conn, rows, window, "deliveries", dict)


async def list_all(
    services: Services, actor: Actor, *, webhook: UUID | None, status: str | None, limit: int
) -> list[Delivery]:
    """Return deliveries to everybody's webhooks, or one, the newest first."""
    actor.require("users", "read")
    async with services.db.connect() as conn:
        return await stored.everyones_deliveries(conn, webhook=webhook, status=status, limit=limit)


async def send_test(
    services: Services, actor: Actor, webhook_id: UUID, claim: Claim[Delivery] | None = None
) -> Delivery:
    """Have a test event sent to a webhook.

    Raises:
        NotFoundError: There is no such webhook, or it belongs to somebody else.
        ConflictError: It is switched off.
    """
    admit(services, actor, "update")

    async def work(conn: AsyncConnection) -> Delivery:
        webhook = await fetch(conn, actor, webhook_id)
        if not webhook["is_active"]:
            raise ConflictError("This webhook is not active. Switch it on first.", code="WEBHOOK_INACTIVE")
        payload = {"webhook": {"id": str(webhook_id)}}
        event_id = await webhook_events.insert(conn, TEST_EVENT, payload, user_id=actor.user_id)
        delivery_id = ids.new_id()
        await stored.deliver_only_to(conn, webhook_id, event_id, delivery_id)
        return await stored.find_delivery(conn, delivery_id)

    return await once(services, actor, claim, work)


async def redeliver(
    services: Services,
    actor: Actor,
    webhook_id: UUID,
    delivery_id: UUID,
    claim: Claim[Delivery] | None = None,
) -> Delivery:
    """Begin a delivery anew, dead or not.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    admit(services, actor, "update")

    async def work(conn: AsyncConnection) -> Delivery:
        await fetch(conn, actor, webhook_id)
        if not await stored.begin_anew(conn, [delivery_id], webhook=webhook_id):
            raise NotFoundError(f"There is no delivery {delivery_id}.", code="DELIVERY_NOT_FOUND")
        return await stored.find_delivery(conn, delivery_id)

    return await once(services, actor, claim, work)


async def redeliver_all(services: Services, actor: Actor, deliveries: Collection[UUID] | None) -> int:
    """Begin deliveries to anybody's webhooks anew: these, or all dead ones. Return how many.

    Raises:
        NotFoundError: One of them does not exist; nothing was done.
    """
    actor.require("settings", "update")
    async with services.db.begin() as conn:
        count = await stored.begin_anew(conn, deliveries)
        if deliveries is not None and count != len(set(deliveries)):
            raise NotFoundError(
                "Not all of these deliveries exist; nothing was done.", code="DELIVERY_NOT_FOUND"
            )
        return count
