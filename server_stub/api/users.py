"""Users, as both versions serve them; only shapes and lists differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import Path
from starlette.responses import Response

from server_stub.api import responses
from server_stub.api.dependencies import make_claim
from server_stub.services import encoding, users
from server_stub.services.idempotency import Answer, once
from server_stub.services.passwords import hash_password
from server_stub.services.users import UserChanges

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection
    from starlette.requests import Request

    from server_stub.services.access import Actor
    from server_stub.services.context import Services

UserId = Annotated[UUID, Path(description="Id of the user.")]


async def create(
    request: Request,
    services: Services,
    actor: Actor,
    key: str | None,
    new: UserChanges,
    *,
    shape: Callable[[users.User], object],
) -> Response:
    """Create a user and answer 201."""
    actor.require("users", "create")  # before the costly hash
    hashed = await hash_password(new.password or "")

    async def work(conn: AsyncConnection) -> Answer:
        made = await users.create(actor, new, hashed, conn)
        location = f"{request.scope['path']}/{made['id']}"
        return Answer(201, encoding.dumps(shape(made)), {"Location": location})

    answer = await once(services, actor, make_claim(request, key, new), work)
    return responses.replayable(answer)
