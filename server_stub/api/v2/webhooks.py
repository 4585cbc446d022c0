"""Webhooks in API v2."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from server_stub.api import responses
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices, WebhookId
from server_stub.api.idempotency import Repeat, answer
from server_stub.api.openapi import created, described
from server_stub.api.v2 import schemas
from server_stub.api.v2.paging import Paged, envelope
from server_stub.services import deliveries, webhooks
from server_stub.services.webhooks import WebhookChanges

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=StrictRoute)


@router.get("", responses=described(schemas.WebhookPage))
async def list_webhooks(services: CurrentServices, actor: CurrentActor, paged: Paged) -> Response:
    """List webhooks, the newest first."""
    return responses.json(envelope(await webhooks.list_webhooks(services, actor, paged)))


@router.post("", status_code=201, responses=created(schemas.WebhookWithSecret))
async def create_webhook(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    body: schemas.NewWebhook,
) -> Response:
    """Create a webhook. The secret that signs its deliveries is in this answer and nowhere else."""
    new = WebhookChanges(body.url, body.event_types, body.description, body.is_active)
    return await repeat.create([new], partial(webhooks.create, services, actor, new))


@router.get("/{webhook_id}", responses=described(schemas.Webhook))
async def get_webhook(services: CurrentServices, actor: CurrentActor, webhook_id: WebhookId) -> Response:
    """Return a webhook."""
    return responses.json(await webhooks.get(services, actor, webhook_id))


@router.patch("/{webhook_id}", responses=described(schemas.Webhook))
async def update_webhook(
    services: CurrentServices, actor: CurrentActor, webhook_id: WebhookId, body: schemas.WebhookChanges
) -> Response:
    """Change a webhook."""
    changes = WebhookChanges(body.url, body.event_types, body.description, body.is_active)
    return responses.json(await webhooks.update(services, actor, webhook_id, changes))


@router.post("/{webhook_id}/rotate-secret", responses=described(schemas.WebhookWithSecret))
async def rotate_secret(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    webhook_id: WebhookId,
) -> Response:
    """Give a webhook a new secret. For 24 hours the old one signs along."""
    work = partial(webhooks.rotate_secret, services, actor, webhook_id)
    return await repeat.answer([], work, partial(answer, 200))


@router.get("/{webhook_id}/deliveries", responses=described(schemas.DeliveryPage))
async def list_deliveries(
    services: CurrentServices,
    actor: CurrentActor,
    webhook_id: WebhookId,
    paged: Paged,
    status: deliveries.Status | None = None,
) -> Response:
    """List the deliveries of a webhook, the newest first."""
    found = await deliveries.list_deliveries(services, actor, webhook_id, paged, status=status)
    return responses.json(envelope(found))
