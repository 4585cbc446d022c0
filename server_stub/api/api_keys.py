"""API keys: what is the same in both versions."""

from __future__ import annotations

from functools import partial
from typing import Annotated, cast
from uuid import UUID

import orjson
from fastapi import APIRouter, Path
from starlette.responses import Response

from server_stub.api import responses, schemas
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices
from server_stub.api.idempotency import Repeat
from server_stub.api.openapi import created
from server_stub.services import api_keys, encoding
from server_stub.services.api_keys import ApiKey

router = APIRouter(prefix="/api-keys", tags=["api keys"], route_class=StrictRoute)


@router.post("", status_code=201, responses=created(schemas.NewApiKeyAnswer))
async def create_api_key(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    body: schemas.NewApiKey,
) -> Response:
    """Create a key. Its secret is in this answer and nowhere else."""
    secret = api_keys.derive_secret(services.settings, actor, repeat.key)
    new = api_keys.NewApiKey(body.name, body.scopes, body.expires_at)
    return await repeat.create(
        [body.model_dump_json()],
        partial(api_keys.create, services, actor, new, secret),
        # The answer is kept without the secret, which the idempotency key gives again.
        shown=lambda kept: encoding.dumps({**cast("ApiKey", orjson.loads(kept)), "key": secret}),
    )


@router.delete("/{key_id}", status_code=204)
async def revoke_api_key(
    services: CurrentServices,
    actor: CurrentActor,
    key_id: Annotated[UUID, Path(description="Id of the key.")],
) -> Response:
    """Revoke a key. It stops working everywhere within a second."""
    await api_keys.revoke(services, actor, key_id)
    return responses.empty()
