"""Webhooks and their deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from server_stub.storage.queries.lists import Sorted
from server_stub.storage.tables import notification_deliveries, notification_events, users, webhooks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import timedelta
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.dml import ReturningUpdate
    from sqlalchemy.sql.elements import ColumnElement

Row: TypeAlias = "dict[str, object]"

#: PostgreSQL's NOTIFY channel that tells the dispatcher of new work.
DUE_CHANNEL = "ablage_deliveries_due"

w = webhooks.c
v = notification_deliveries.c
e = notification_events.c
_WEBHOOK: tuple[ColumnElement[Any], ...] = (
    w.id, w.url, w.event_types, w.description, w.is_active, w.created_at, w.updated_at,
)  # fmt: skip
_WITH_EVENTS = notification_deliveries.join(notification_events, e.id == v.event_id)
_DELIVERIES = sa.select(
    v.id, v.webhook_id, v.event_id, e.event_type, v.status, v.attempts, v.next_attempt_at, v.response_status,
    v.last_error, v.created_at, v.delivered_at,
).select_from(_WITH_EVENTS)  # fmt: skip
_WEBHOOK_TABLE = (
    sa.select(
        w.id, users.c.email.label("user"), w.url, w.event_types, w.is_active,
        sa.func.count().filter(v.status == "pending").label("pending"),
        sa.func.count().filter(v.status == "dead").label("dead"),
        sa.func.max(v.delivered_at).label("last_delivered_at"),
    )
    .select_from(
        webhooks.join(users, users.c.id == w.user_id).outerjoin(
            notification_deliveries, v.webhook_id == w.id
        )
    )
    .group_by(w.id, users.c.email)
    .order_by(w.created_at)
)  # fmt: skip
_DELIVERY_TABLE = (
    sa.select(
        v.id, v.webhook_id, w.url, e.event_type, e.document_id, v.status, v.attempts, v.response_status,
        v.last_error, v.next_attempt_at, v.created_at, v.delivered_at,
    )
    .select_from(_WITH_EVENTS.join(webhooks, w.id == v.webhook_id))
    .order_by(v.created_at.desc(), v.id.desc())
)  # fmt: skip


def _owned(owner: UUID | None) -> list[ColumnElement[bool]]:
    return [] if owner is None else [w.user_id == owner]


async def find(conn: AsyncConnection, webhook_id: UUID, owner: UUID | None) -> Row | None:
    """Return a webhook; ``owner`` is whose it must be, ``None`` for anybody's."""
    return await _one(conn, sa.select(*_WEBHOOK).where(w.id == webhook_id, *_owned(owner)))


def listed(owner: UUID | None) -> Sorted:
    """Return the list of somebody's webhooks, or of all."""
    return Sorted(sa.select(*_WEBHOOK).where(*_owned(owner)), w.created_at, w.id)


async def everyones(conn: AsyncConnection) -> list[Row]:
    """Return all webhooks for a table, with how many deliveries wait and are dead."""
    return [dict(row) for row in (await conn.execute(_WEBHOOK_TABLE)).mappings()]


async def insert(conn: AsyncConnection, values: Mapping[str, object]) -> Row:
    """Store a new webhook, by columns, and return it."""
    inserted = sa.insert(webhooks).values(values).returning(*_WEBHOOK)
    return dict((await conn.execute(inserted)).mappings().one())


async def change(
    conn: AsyncConnection, webhook_id: UUID, owner: UUID | None, values: Mapping[str, object]
) -> Row | None:
    """Change columns of a webhook and return it; ``None`` when there is none."""
    return await _one(conn, _change(webhook_id, owner, values))


async def rotate_secret(
    conn: AsyncConnection, webhook_id: UUID, owner: UUID | None, secret: str, overlap: timedelta
) -> Row | None:
    """Give a webhook a new secret and return it; the old one signs along for a while."""
    values = {
        "secret": secret,
        "previous_secret": w.secret,
        "previous_secret_expires_at": sa.func.now() + overlap,
    }
    return await _one(conn, _change(webhook_id, owner, values))


async def delete(conn: AsyncConnection, webhook_id: UUID, owner: UUID | None) -> bool:
    """Delete a webhook and its deliveries; tell whether there was one."""
    return bool((await conn.execute(sa.delete(webhooks).where(w.id == webhook_id, *_owned(owner)))).rowcount)


async def find_delivery(conn: AsyncConnection, delivery_id: UUID) -> Row:
    """Return a delivery, which must be there."""
    return dict((await conn.execute(_DELIVERIES.where(v.id == delivery_id))).mappings().one())


def listed_deliveries(webhook_id: UUID, status: str | None) -> Sorted:
    """Return the list of the deliveries of a webhook."""
    statement = _DELIVERIES.where(v.webhook_id == webhook_id)
    if status is not None:
        statement = statement.where(v.status == status)
    return Sorted(statement, v.created_at, v.id)


async def everyones_deliveries(
    conn: AsyncConnection, *, webhook: UUID | None, status: str | None, limit: int
) -> list[Row]:
    """Return deliveries for a table, the newest first."""
    statement = _DELIVERY_TABLE.limit(limit)
    if webhook is not None:
        statement = statement.where(v.webhook_id == webhook)
    if status is not None:
        statement = statement.where(v.status == status)
    return [dict(row) for row in (await conn.execute(statement)).mappings()]


async def count_pending(conn: AsyncConnection) -> int:
    """Return how many deliveries wait."""
    count = sa.select(sa.func.count()).select_from(notification_deliveries).where(v.status == "pending")
    return (await conn.execute(count)).scalar_one()


async def deliver_only_to(conn: AsyncConnection, webhook_id: UUID, event_id: UUID, delivery_id: UUID) -> None:
    """Make the one delivery of an event: nothing is left for the dispatcher to hand out."""
    await conn.execute(
        sa.update(notification_events).where(e.id == event_id).values(dispatched_at=sa.func.now())
    )
    await conn.execute(
        sa.insert(notification_deliveries).values(
            id=delivery_id, event_id=event_id, webhook_id=webhook_id, next_attempt_at=sa.func.now()
        )
    )
    await _tell(conn)


async def begin_anew(
    conn: AsyncConnection, deliveries: Collection[UUID] | None, *, webhook: UUID | None = None
) -> int:
    """Begin deliveries anew; return how many.

    Args:
        conn: The connection.
        deliveries: Which; ``None`` for all dead ones.
        webhook: Whose they must be; ``None`` for any.
    """
    which = v.status == "dead" if deliveries is None else v.id.in_(deliveries)
    statement = (
        sa.update(notification_deliveries)
        .where(which, *([] if webhook is None else [v.webhook_id == webhook]))
        .values(status="pending", attempts=0, next_attempt_at=sa.func.now(), response_status=None,
                last_error=None, delivered_at=None)
    )  # fmt: skip
    count = (await conn.execute(statement)).rowcount
    await _tell(conn)
    return count


def _change(webhook_id: UUID, owner: UUID | None, values: Mapping[str, object]) -> ReturningUpdate[Any]:
    changed = sa.update(webhooks).where(w.id == webhook_id, *_owned(owner))
    return changed.values(updated_at=sa.func.clock_timestamp(), **values).returning(*_WEBHOOK)


async def _one(conn: AsyncConnection, statement: sa.Select[Any] | ReturningUpdate[Any]) -> Row | None:
    row = (await conn.execute(statement)).mappings().one_or_none()
    return None if row is None else dict(row)


async def _tell(conn: AsyncConnection) -> None:
    await conn.execute(sa.select(sa.func.pg_notify(DUE_CHANNEL, "")))
