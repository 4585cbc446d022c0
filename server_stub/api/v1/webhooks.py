"""Webhooks in API v1: ``events`` and ``active`` are understood and answered beside the new names."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from ablage_sdk import formats
from server_stub.api import responses
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices, WebhookId
from server_stub.api.idempotency import Repeat, answer
from server_stub.api.openapi import created, described
from server_stub.api.v1 import schemas
from server_stub.api.v1.paging import Numbered, envelope
from server_stub.errors import invalid_field
from server_stub.services import deliveries, webhooks
from server_stub.services.webhooks import WebhookChanges

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=StrictRoute)


def changes(body: schemas.WebhookChanges) -> WebhookChanges:
    """Read the values of a webhook under whichever names they came; the new name counts."""
    if body.events is not None:
        webhooks.check_event_types("events", body.events)
    sent = {key: value for key, value in body.model_dump().items() if value is not None}
    known = formats.webhooks.strip(formats.webhooks.up(sent))
    return WebhookChanges(**known)  # type: ignore[arg-type] # checked by the schema


@router.get("", responses=described(schemas.WebhookPage))
async def list_webhooks(services: CurrentServices, actor: CurrentActor, numbered: Numbered) -> Response:
    """List webhooks, the newest first."""
    found = await webhooks.list_webhooks(services, actor, numbered)
    return responses.json(envelope(found, numbered, formats.webhooks.down))


@router.post("", status_code=201, responses=created(schemas.WebhookWithSecret))
async def create_webhook(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    body: schemas.NewWebhook,
) -> Response:
    """Create a webhook. The secret that signs its deliveries is in this answer and nowhere else."""
    new = changes(body)
    if new.url is None:
        raise invalid_field("url", "is missing.")
    if new.event_types is None:
        raise invalid_field("event_types", "is missing.")
    return await repeat.create([new], partial(webhooks.create, services, actor, new), formats.webhooks.down)


@router.get("/{webhook_id}", responses=described(schemas.Webhook))
async def get_webhook(services: CurrentServices, actor: CurrentActor, webhook_id: WebhookId) -> Response:
    """Return a webhook."""
    return responses.json(formats.webhooks.down(await webhooks.get(services, actor, webhook_id)))


@router.patch("/{webhook_id}", responses=described(schemas.Webhook))
async def update_webhook(
    services: CurrentServices, actor: CurrentActor, webhook_id: WebhookId, body: schemas.WebhookChanges
) -> Response:
    """Change a webhook."""
    return responses.json(
        formats.webhooks.down(await webhooks.update(services, actor, webhook_id, changes(body)))
    )


@router.post("/{webhook_id}/rotate-secret", responses=described(schemas.WebhookWithSecret))
async def rotate_secret(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    webhook_id: WebhookId,
) -> Response:
    """Give a webhook a new secret. For 24 hours the old one signs along."""
    work = partial(webhooks.rotate_secret, services, actor, webhook_id)
    return await repeat.answer([], work, lambda webhook: answer(200, formats.webhooks.down(webhook)))


@router.get("/{webhook_id}/deliveries", responses=described(schemas.DeliveryPage))
async def list_deliveries(
    services: CurrentServices,
    actor: CurrentActor,
    webhook_id: WebhookId,
    numbered: Numbered,
    status: deliveries.Status | None = None,
) -> Response:
    """List the deliveries of a webhook, the newest first."""
    found = await deliveries.list_deliveries(services, actor, webhook_id, numbered, status=status)
    return responses.json(envelope(found, numbered))
