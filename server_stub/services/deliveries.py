"""Deliveries: which event went to which webhook, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import sqlalchemy as sa

from server_stub.errors import ConflictError, NotFoundError
from server_stub.services import paging
from server_stub.services.events import TEST_EVENT
from server_stub.services.webhooks import check_enabled, fetch
from server_stub.storage import ids
from server_stub.storage.queries.lists import Sorted
from server_stub.storage.tables import notification_deliveries, notification_events

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Actor
    from server_stub.services.context import Services

#: A delivery as it is answered.
Delivery: TypeAlias = "dict[str, object]"
Status: TypeAlias = Literal["pending", "delivered", "dead"]

#: PostgreSQL's NOTIFY channel that tells the dispatcher of new work.
DUE_CHANNEL = "ablage_deliveries_due"

v = notification_deliveries.c
e = notification_events.c

_SELECT = sa.select(
    v.id, v.webhook_id, v.event_id, e.event_type, v.status, v.attempts, v.next_attempt_at, v.response_status,
    v.last_error, v.created_at, v.delivered_at,
).select_from(notification_deliveries.join(notification_events, e.id == v.event_id))  # fmt: skip


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
    check_enabled(services)
    actor.require("webhooks", "read")
    statement = _SELECT.where(v.webhook_id == webhook_id)
    if status is not None:
        statement = statement.where(v.status == status)
    async with services.db.connect() as conn:
        await fetch(conn, actor, webhook_id)
        rows = Sorted(statement, v.created_at, v.id)
        return await paging.read(conn, rows, window, "deliveries", dict)


async def send_test(actor: Actor, webhook_id: UUID, conn: AsyncConnection) -> Delivery:
    """Have a test event sent to a webhook, in the caller's transaction.

    Raises:
        NotFoundError: There is no such webhook, or it belongs to somebody else.
        ConflictError: It is switched off.
    """
    actor.require("webhooks", "update")
    webhook = await fetch(conn, actor, webhook_id)
    if not webhook["is_active"]:
        raise ConflictError("This webhook is not active. Switch it on first.", code="WEBHOOK_INACTIVE")
    event_id = ids.new_id()
    await conn.execute(
        sa.insert(notification_events),
        {
            "id": event_id,
            "user_id": actor.user_id,
            "event_type": TEST_EVENT,
            "payload": {"webhook": {"id": str(webhook_id)}},
        },
    )
    # It goes to this webhook alone: nothing is left for the dispatcher to hand out.
    await conn.execute(
        sa.update(notification_events).where(e.id == event_id).values(dispatched_at=sa.func.now())
    )
    delivery_id = ids.new_id()
    await conn.execute(
        sa.insert(notification_deliveries).values(
            id=delivery_id, event_id=event_id, webhook_id=webhook_id, next_attempt_at=sa.func.now()
        )
    )
    return await _due(conn, delivery_id)


async def redeliver(actor: Actor, webhook_id: UUID, delivery_id: UUID, conn: AsyncConnection) -> Delivery:
    """Begin a delivery anew, in the caller's transaction.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("webhooks", "update")
    await fetch(conn, actor, webhook_id)
    statement = (
        sa.update(notification_deliveries)
        .where(v.id == delivery_id, v.webhook_id == webhook_id)
        .values(
            status="pending",
            attempts=0,
            next_attempt_at=sa.func.now(),
            response_status=None,
            last_error=None,
            delivered_at=None,
        )
    )
    if not (await conn.execute(statement)).rowcount:
        raise NotFoundError(f"There is no delivery {delivery_id}.", code="DELIVERY_NOT_FOUND")
    return await _due(conn, delivery_id)


async def _due(conn: AsyncConnection, delivery_id: UUID) -> Delivery:
    await conn.execute(sa.select(sa.func.pg_notify(DUE_CHANNEL, str(delivery_id))))
    return dict((await conn.execute(_SELECT.where(v.id == delivery_id))).mappings().one())
