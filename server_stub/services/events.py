"""What happened, written down in the transaction in which it happened (a transactional outbox)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import sqlalchemy as sa

from server_stub.observability import tracing
from server_stub.services import encoding
from server_stub.services.document_rows import SUMMARY, as_document
from server_stub.storage import ids
from server_stub.storage.tables import documents, notification_events

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

EventType: TypeAlias = Literal[
    "document.created",
    "document.processing",
    "document.processed",
    "document.failed",
    "document.updated",
    "document.deleted",
]
EVENT_TYPES: tuple[str, ...] = get_args(EventType)

#: What ``POST /webhooks/{id}/test`` sends. Nobody subscribes to it.
TEST_EVENT = "webhook.test"

#: The document format inside of events.
PAYLOAD_VERSION = "2.0"


#: The part of a payload that is for the server itself: the span in which the event happened.
CAUSE = "traceparent"


async def record(conn: AsyncConnection, event: EventType, document_id: UUID) -> None:
    """Write down that something happened to a document.

    The event tells the document as it is now, without its text and OCR result: receivers that want those
    fetch them, and payloads stay small.

    Args:
        conn: The connection in whose transaction it happened; the row must still exist.
        event: What happened.
        document_id: To which document.
    """
    row = (await conn.execute(_SUMMARY, {"document_id": document_id})).mappings().one()
    await conn.execute(
        sa.insert(notification_events),
        {
            "id": ids.new_id(),
            "user_id": row["user_id"],
            "document_id": document_id,
            "event_type": event,
            "payload": {"document": encoding.plain(as_document(row)), **_cause()},
        },
    )


def _cause() -> dict[str, str]:
    """Return what links deliveries to the trace of the event; nothing when there is none."""
    parent = tracing.traceparent()
    return {} if parent is None else {CAUSE: parent}


def envelope(
    event_id: UUID, event_type: str, payload: Mapping[str, object], at: datetime
) -> dict[str, object]:
    """Return what a webhook receives as its body.

    ``type``/``created_at`` are the names of the Standard Webhooks specification, ``event``/``timestamp``
    those that earlier releases used.
    """
    time = encoding.time(at)
    return {
        "id": f"evt_{event_id.hex}",
        "type": event_type,
        "event": event_type,
        "created_at": time,
        "timestamp": time,
        "version": PAYLOAD_VERSION,
        "data": {name: value for name, value in payload.items() if name != CAUSE},
    }


_SUMMARY = sa.select(*SUMMARY).where(documents.c.id == sa.bindparam("document_id"))
