"""Analytics, the same in both versions."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from server_stub.api import responses, schemas
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices
from server_stub.api.openapi import described
from server_stub.api.schemas import Time
from server_stub.services import analytics

router = APIRouter(prefix="/analytics", tags=["analytics"], route_class=StrictRoute)


@router.get("/usage", responses=described(schemas.Usage))
async def get_usage(
    services: CurrentServices,
    actor: CurrentActor,
    since: Time | None = None,
    until: Time | None = None,
) -> Response:
    """Return how much was taken in, by default within the last 30 days."""
    return responses.json(await analytics.usage(services, actor, analytics.span(since, until)))


@router.get("/metrics", responses=described(schemas.Metrics))
async def get_metrics(
    services: CurrentServices,
    actor: CurrentActor,
    since: Time | None = None,
    until: Time | None = None,
) -> Response:
    """Return how well it was recognised, by default within the last 30 days."""
    return responses.json(await analytics.metrics(services, actor, analytics.span(since, until)))
