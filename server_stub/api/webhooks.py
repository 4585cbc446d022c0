"""Webhooks: what is the same in both versions."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from server_stub.api import responses, schemas
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices, WebhookId
from server_stub.api.idempotency import Repeat, answer
from server_stub.api.openapi import described
from server_stub.services import deliveries, webhooks

DeliveryId = Annotated[UUID, Path(description="Id of the delivery.")]

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=StrictRoute)


@router.delete("/{webhook_id}", status_code=204)
async def delete_webhook(services: CurrentServices, actor: CurrentActor, webhook_id: WebhookId) -> Response:
    """Delete a webhook and its deliveries."""
    await webhooks.delete(services, actor, webhook_id)
    return responses.empty()


@router.post("/{webhook_id}/test", status_code=202, responses=described(schemas.Delivery, 202))
async def test_webhook(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    webhook_id: WebhookId,
) -> Response:
    """Have an event of type ``webhook.test`` sent."""
    work = partial(deliveries.send_test, services, actor, webhook_id)
    return await repeat.answer([], work, partial(answer, 202))


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=described(schemas.Delivery, 202),
)
async def redeliver(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    webhook_id: WebhookId,
    delivery_id: DeliveryId,
) -> Response:
    """Begin a delivery anew, dead or not."""
    work = partial(deliveries.redeliver, services, actor, webhook_id, delivery_id)
    return await repeat.answer([], work, partial(answer, 202))
