"""The list of API keys in API v1."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from server_stub.api import responses
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices
from server_stub.api.openapi import described
from server_stub.api.v1 import schemas
from server_stub.api.v1.paging import Numbered
from server_stub.services import api_keys

router = APIRouter(prefix="/api-keys", tags=["api keys"], route_class=StrictRoute)


@router.get("", responses=described(schemas.ApiKeyPage))
async def list_api_keys(services: CurrentServices, actor: CurrentActor, numbering: Numbered) -> Response:
    """List your keys, the newest first."""
    found = await api_keys.list_numbered(services, actor, offset=numbering.offset, limit=numbering.limit)
    return responses.json(numbering.envelope(found.items, found.total))
