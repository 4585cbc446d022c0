"""Webhooks and what became of their deliveries."""

from __future__ import annotations

from pydantic import Field

from ablage_sdk._models._base import Model, OpenEnum, Resource, Timestamp
from ablage_sdk._models.document import Document

__all__ = [
    "CreatedWebhook",
    "Delivery",
    "DeliveryStatus",
    "EventType",
    "WebhookEvent",
    "WebhookEventData",
    "WebhookSubscription",
]


class EventType(OpenEnum):
    """What webhooks tell about."""

    DOCUMENT_CREATED = "document.created"
    DOCUMENT_PROCESSING = "document.processing"
    DOCUMENT_PROCESSED = "document.processed"
    DOCUMENT_FAILED = "document.failed"
    DOCUMENT_UPDATED = "document.updated"
    DOCUMENT_DELETED = "document.deleted"


class WebhookSubscription(Resource):
    """An address that the server tells about events.

    Attributes:
        id: UUID.
        url: Where to.
        event_types: What about.
        description: For people.
        is_active: Whether anything is sent.
        created_at: Time of creation.
        updated_at: Time of the last change.
    """

    id: str
    url: str
    event_types: list[EventType]
    description: str | None = None
    is_active: bool = True
    created_at: Timestamp
    updated_at: Timestamp | None = None


class CreatedWebhook(WebhookSubscription):
    """A webhook with its secret.

    Attributes:
        secret: ``whsec_…``, for `ablage_sdk.webhooks.Webhook`; the server shows it this once.
    """

    secret: str = Field(repr=False)


class DeliveryStatus(OpenEnum):
    """How far a delivery is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Delivery(Resource):
    """One event on its way to one webhook.

    Attributes:
        id: UUID.
        webhook_id: Where to.
        event_id: ``evt_…``.
        event_type: What happened.
        status: How far it is; ``dead`` when the server gave up.
        attempts: Tries so far.
        next_attempt_at: Time of the next try; ``None`` when there is none.
        response_status: HTTP status of the last answer; ``None`` when there was none.
        last_error: What went wrong last.
        created_at: Time of the event.
        delivered_at: Time of the successful try.
    """

    id: str
    webhook_id: str
    event_id: str
    event_type: EventType
    status: DeliveryStatus
    attempts: int
    next_attempt_at: Timestamp | None = None
    response_status: int | None = None
    last_error: str | None = None
    created_at: Timestamp
    delivered_at: Timestamp | None = None


class WebhookEventData(Model):
    """What an event is about; ``document`` for all events there are today."""

    document: Document | None = None


class WebhookEvent(Model):
    """What a webhook was told.

    Attributes:
        id: ``evt_…``; the same when the event is delivered again.
        type: What happened.
        created_at: When.
        data: To what.
    """

    id: str
    type: EventType
    created_at: Timestamp
    data: WebhookEventData = Field(default_factory=WebhookEventData)
