"""What happened, written down in the transaction in which it happened (a transactional outbox)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from server_stub.observability import tracing
from server_stub.services import encoding
from server_stub.storage.queries import documents, webhook_events

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.context import Services

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


def have_receivers(services: Services) -> bool:
    """Tell whether webhooks are switched on, so that events are written down and told."""
    return services.settings.enable_webhooks


async def record(services: Services, conn: AsyncConnection, event: EventType, document_id: UUID) -> None:
    """Write down that something happened to a document, if webhooks are switched on.

    The event tells the document as it is now, without its text and OCR result: receivers that want those
    fetch them, and payloads stay small.

    Args:
        services: The running server.
        conn: The connection in whose transaction it happened; the row must still exist.
        event: What happened.
        document_id: To which document.
    """
    if not have_receivers(services):
        return
    document = await documents.summary(conn, document_id)
    payload = {"document": encoding.plain(document), **_cause()}
    await webhook_events.insert(
        conn, event, payload, user_id=cast("UUID", document["user_id"]), document_id=document_id
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
