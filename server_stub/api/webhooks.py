"""Webhooks, as both versions serve them; only shapes and lists differ."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from server_stub.api import responses, schemas
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices, IdempotencyKey
from server_stub.api.idempotency import answer, answer_once
from server_stub.api.openapi import described
from server_stub.services import deliveries, webhooks
from server_stub.services.webhooks import Webhook, WebhookChanges

if TYPE_CHECKING:
    from server_stub.services.access import Actor
    from server_stub.services.context import Services

WebhookId = Annotated[UUID, Path(description="Id of the webhook.")]
DeliveryId = Annotated[UUID, Path(description="Id of the delivery.")]

#: What is the same in both versions.
router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=StrictRoute)


async def create(
    request: Request,
    services: Services,
    actor: Actor,
    key: str | None,
    new: WebhookChanges,
    *,
    shape: Callable[[Webhook], object],
) -> Response:
    """Create a webhook and answer 201, with its secret."""
    return await answer_once(
        request,
        key,
        [new],
        partial(webhooks.create, services, actor, new),
        lambda made: answer(201, shape(made), {"Location": f"{request.scope['path']}/{made['id']}"}),
    )


async def rotate(
    request: Request,
    services: Services,
    actor: Actor,
    key: str | None,
    webhook_id: UUID,
    *,
    shape: Callable[[Webhook], object],
) -> Response:
    """Give a webhook a new secret."""
    work = partial(webhooks.rotate_secret, services, actor, webhook_id)
    return await answer_once(request, key, [], work, lambda webhook: answer(200, shape(webhook)))


@router.delete("/{webhook_id}", status_code=204)
async def delete_webhook(services: CurrentServices, actor: CurrentActor, webhook_id: WebhookId) -> Response:
    """Delete a webhook and its deliveries."""
    await webhooks.delete(services, actor, webhook_id)
    return responses.empty()


@router.post("/{webhook_id}/test", status_code=202, responses=described(schemas.Delivery, 202))
async def test_webhook(
    request: Request,
    services: CurrentServices,
    actor: CurrentActor,
    key: IdempotencyKey,
    webhook_id: WebhookId,
) -> Response:
    """Have an event of type ``webhook.test`` sent."""
    work = partial(deliveries.send_test, services, actor, webhook_id)
    return await answer_once(request, key, [], work, partial(answer, 202))


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=described(schemas.Delivery, 202),
)
async def redeliver(
    request: Request,
    services: CurrentServices,
    actor: CurrentActor,
    key: IdempotencyKey,
    webhook_id: WebhookId,
    delivery_id: DeliveryId,
) -> Response:
    """Begin a delivery anew, dead or not."""
    work = partial(deliveries.redeliver, services, actor, webhook_id, delivery_id)
    return await answer_once(request, key, [], work, partial(answer, 202))
