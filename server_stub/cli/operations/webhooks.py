"""What `ablage-server webhooks` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.errors import NotFoundError
from server_stub.services.deliveries import DUE_CHANNEL
from server_stub.storage.tables import notification_deliveries, notification_events, users, webhooks

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from server_stub.cli.output import Row
    from server_stub.services.context import Services

w, d, e = webhooks.c, notification_deliveries.c, notification_events.c

_WEBHOOKS = (
    sa.select(
        w.id, users.c.email.label("user"), w.url, w.event_types, w.is_active,
        sa.func.count().filter(d.status == "pending").label("pending"),
        sa.func.count().filter(d.status == "dead").label("dead"),
        sa.func.max(d.delivered_at).label("last_delivered_at"),
    )
    .select_from(
        webhooks.join(users, users.c.id == w.user_id).outerjoin(
            notification_deliveries, d.webhook_id == w.id
        )
    )
    .group_by(w.id, users.c.email)
    .order_by(w.created_at)
)  # fmt: skip
_DELIVERIES = (
    sa.select(
        d.id, d.webhook_id, w.url, e.event_type, e.document_id, d.status, d.attempts, d.response_status,
        d.last_error, d.next_attempt_at, d.created_at, d.delivered_at,
    )
    .select_from(
        notification_deliveries.join(notification_events, e.id == d.event_id).join(
            webhooks, w.id == d.webhook_id
        )
    )
    .order_by(d.created_at.desc(), d.id.desc())
)  # fmt: skip


async def list_webhooks(services: Services) -> list[Row]:
    """Return all webhooks."""
    async with services.db.connect() as conn:
        return [dict(row) for row in (await conn.execute(_WEBHOOKS)).mappings()]


async def list_deliveries(
    services: Services, *, webhook: UUID | None, status: str | None, limit: int
) -> list[Row]:
    """Return deliveries, the newest first."""
    statement = _DELIVERIES.limit(limit)
    if webhook is not None:
        statement = statement.where(d.webhook_id == webhook)
    if status is not None:
        statement = statement.where(d.status == status)
    async with services.db.connect() as conn:
        return [dict(row) for row in (await conn.execute(statement)).mappings()]


async def redeliver(services: Services, deliveries: Collection[UUID] | None) -> int:
    """Begin deliveries anew: these, or all dead ones. Return how many.

    Raises:
        NotFoundError: One of them does not exist; nothing was done.
    """
    which = d.status == "dead" if deliveries is None else d.id.in_(deliveries)
    again = (
        sa.update(notification_deliveries)
        .where(which)
        .values(status="pending", attempts=0, next_attempt_at=sa.func.now(), last_error=None,
                response_status=None, delivered_at=None)
    )  # fmt: skip
    async with services.db.begin() as conn:
        count = (await conn.execute(again)).rowcount
        if deliveries is not None and count != len(set(deliveries)):
            raise NotFoundError(
                "Not all of these deliveries exist; nothing was done. See: ablage-server webhooks deliveries",
                code="DELIVERY_NOT_FOUND",
            )
        await conn.execute(sa.select(sa.func.pg_notify(DUE_CHANNEL, "")))
        return count
