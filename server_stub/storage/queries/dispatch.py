"""Events on their way to webhooks: handed out, lent for an attempt, settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from server_stub.storage.ids import new_id
from server_stub.storage.tables import notification_deliveries

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

v = notification_deliveries.c


class Due(NamedTuple):
    """A delivery that is to be attempted, with its webhook and event.

    Attributes:
        id: Of the delivery.
        attempts: How many there were, this one counted.
        webhook_id: Of the webhook.
        url: Where it goes.
        is_active: Whether the webhook is switched on.
        secret: What signs it.
        event_id: Of the event.
        event_type: What happened.
        payload: What is told of it.
        created_at: When it happened.
        previous: What also signs it, for a while after a rotation.
    """

    id: UUID
    attempts: int
    webhook_id: UUID
    url: str
    is_active: bool
    secret: str
    event_id: UUID
    event_type: str
    payload: Mapping[str, object]
    created_at: datetime
    previous: str | None


async def hand_out(conn: AsyncConnection, *, batch: int, see_all: Collection[str], after: float) -> int:
    """Make deliveries of new events and return how many events there were.

    Args:
        conn: The connection.
        batch: How many events at most.
        see_all: Roles whose webhooks are told of everybody's documents.
        after: Seconds until the first attempt.
    """
    rows = (await conn.execute(_EVENTS, {"batch": batch, "see_all": list(see_all)})).all()
    if not rows:
        return 0
    wanted = [
        {"id": new_id(), "event_id": event, "webhook_id": webhook}
        for event, webhook in rows
        if webhook is not None
    ]
    if wanted:
        await conn.execute(sa.insert(notification_deliveries).values(next_attempt_at=_in(after)), wanted)
    events = {event for event, _ in rows}
    await conn.execute(_DISPATCHED, {"ids": list(events)})
    return len(events)


async def claim(
    conn: AsyncConnection, *, busy: Collection[UUID], window: int, per_webhook: int, free: int, lease: float
) -> list[Due]:
    """Lend deliveries that are due.

    Args:
        conn: The connection.
        busy: Webhooks that get none.
        window: How many due deliveries are looked at.
        per_webhook: How many of one webhook at most.
        free: How many at most.
        lease: Seconds after which somebody else may take them.
    """
    values = {"busy": list(busy), "window": window, "per_webhook": per_webhook, "free": free, "lease": lease}
    return [Due(*row) for row in await conn.execute(_CLAIM, values)]


async def settle(
    conn: AsyncConnection, due: Due, status: str, *, answered: int | None, error: str | None, wait: float = 0
) -> None:
    """Store what came of an attempt, unless the delivery was taken up anew meanwhile.

    Args:
        conn: The connection.
        due: The delivery.
        status: ``delivered``, ``dead``, or ``pending`` for another attempt.
        answered: What the receiver answered, if it did.
        error: What went wrong.
        wait: Seconds until another attempt.
    """
    values: dict[str, object] = {"response_status": answered, "last_error": error}
    if status == "pending":
        values["next_attempt_at"] = _in(wait)
    else:
        values |= {"status": status, "next_attempt_at": None}
    if status == "delivered":
        values["delivered_at"] = sa.func.now()
    await conn.execute(
        sa.update(notification_deliveries)
        # By request, or because the loan was over.
        .where(v.id == due.id, v.status == "pending", v.attempts == due.attempts)
        .values(values)
    )


def _in(seconds: float) -> ColumnElement[Any]:
    return sa.func.now() + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)


_EVENTS = sa.text(
    """
    SELECT event.id AS event_id, webhook.id AS webhook_id
    FROM (
        SELECT * FROM notification_events WHERE dispatched_at IS NULL
        ORDER BY created_at LIMIT :batch FOR UPDATE SKIP LOCKED
    ) AS event
    LEFT JOIN webhooks AS webhook
      ON webhook.is_active AND webhook.event_types ? event.event_type
     AND (webhook.user_id = event.user_id OR EXISTS (
        SELECT FROM user_roles JOIN roles ON roles.id = user_roles.role_id
        WHERE user_roles.user_id = webhook.user_id AND roles.name = ANY(:see_all)))
    """
).bindparams(sa.bindparam("batch", type_=sa.Integer), sa.bindparam("see_all", type_=pg.ARRAY(sa.String)))
_DISPATCHED = sa.text(
    "UPDATE notification_events SET dispatched_at = clock_timestamp() WHERE id = ANY(:ids)"
).bindparams(sa.bindparam("ids", type_=pg.ARRAY(pg.UUID(as_uuid=True))))

# An earlier event of the same document goes first, unless it failed twice: one stubborn event must not hold
# up the document's later ones for the two days that its attempts take.
_CLAIM_TEXT = sa.text(
    """
    WITH due AS (
        SELECT delivery.id, delivery.webhook_id, delivery.event_id, delivery.next_attempt_at
        FROM notification_deliveries AS delivery
        WHERE delivery.status = 'pending' AND delivery.next_attempt_at <= now()
          AND delivery.webhook_id <> ALL(:busy)
        ORDER BY delivery.next_attempt_at LIMIT :window
    ), ranked AS (
        SELECT due.id, row_number() OVER (
            PARTITION BY due.webhook_id ORDER BY due.next_attempt_at, due.event_id) AS place
        FROM due JOIN notification_events AS event ON event.id = due.event_id
        WHERE event.document_id IS NULL OR NOT EXISTS (
            SELECT FROM notification_events AS earlier
            JOIN notification_deliveries AS before ON before.event_id = earlier.id
            WHERE earlier.document_id = event.document_id AND earlier.id < event.id
              AND before.webhook_id = due.webhook_id AND before.status = 'pending' AND before.attempts < 2)
    ), mine AS (
        SELECT id FROM notification_deliveries
        WHERE id IN (SELECT id FROM ranked WHERE place <= :per_webhook LIMIT :free)
          AND status = 'pending' AND next_attempt_at <= now()
        FOR UPDATE SKIP LOCKED
    )
    UPDATE notification_deliveries AS delivery
    SET attempts = delivery.attempts + 1, next_attempt_at = now() + make_interval(secs => :lease)
    FROM mine, webhooks AS webhook, notification_events AS event
    WHERE delivery.id = mine.id AND webhook.id = delivery.webhook_id AND event.id = delivery.event_id
    RETURNING delivery.id, delivery.attempts, webhook.id AS webhook_id, webhook.url, webhook.is_active,
        webhook.secret, event.id AS event_id, event.event_type, event.payload, event.created_at,
        CASE WHEN webhook.previous_secret_expires_at > now() THEN webhook.previous_secret END AS previous
    """
).bindparams(sa.bindparam("busy", type_=pg.ARRAY(pg.UUID(as_uuid=True))))
_CLAIM = _CLAIM_TEXT.columns(payload=pg.JSONB)
