"""Events: what happened, until webhooks were told (a transactional outbox)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.storage import ids
from server_stub.storage.tables import notification_events

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection


async def insert(
    conn: AsyncConnection,
    event_type: str,
    payload: Mapping[str, object],
    *,
    user_id: UUID,
    document_id: UUID | None = None,
) -> UUID:
    """Write an event down and return its id.

    Args:
        conn: The connection in whose transaction it happened.
        event_type: What happened.
        payload: What is told of it.
        user_id: Who is concerned.
        document_id: The document that is concerned.
    """
    event_id = ids.new_id()
    await conn.execute(
        sa.insert(notification_events),
        {
            "id": event_id,
            "user_id": user_id,
            "document_id": document_id,
            "event_type": event_type,
            "payload": payload,
        },
    )
    return event_id
