"""The list of API keys in API v2."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from server_stub.api import responses
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices
from server_stub.api.openapi import described
from server_stub.api.v2 import schemas
from server_stub.api.v2.paging import Paged, envelope
from server_stub.services import api_keys

router = APIRouter(prefix="/api-keys", tags=["api keys"], route_class=StrictRoute)


@router.get("", responses=described(schemas.ApiKeyPage))
async def list_api_keys(services: CurrentServices, actor: CurrentActor, paged: Paged) -> Response:
    """List your keys, the newest first."""
    return responses.json(envelope(await api_keys.list_keys(services, actor, paged)))
