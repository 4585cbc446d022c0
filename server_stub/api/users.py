"""Users, as both versions serve them; only shapes and lists differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import Path
from starlette.responses import Response

from server_stub.api.idempotency import answer, answer_once
from server_stub.services import users
from server_stub.services.idempotency import once
from server_stub.services.passwords import hash_password
from server_stub.services.users import User, UserChanges

if TYPE_CHECKING:
    from starlette.requests import Request

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.services.idempotency import Claim

UserId = Annotated[UUID, Path(description="Id of the user.")]


async def create(
    request: Request,
    services: Services,
    actor: Actor,
    key: str | None,
    new: UserChanges,
    *,
    shape: Callable[[User], object],
) -> Response:
    """Create a user and answer 201."""
    actor.require("users", "create")  # before the costly hash
    hashed = await hash_password(new.password or "")

    async def work(claim: Claim[User] | None) -> User:
        return await once(services, actor, claim, lambda conn: users.create(actor, new, hashed, conn))

    return await answer_once(
        request,
        key,
        [new],
        work,
        lambda made: answer(201, shape(made), {"Location": f"{request.scope['path']}/{made['id']}"}),
    )
