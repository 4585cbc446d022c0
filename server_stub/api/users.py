"""Users, as both versions serve them; only shapes and lists differ."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import Path
from starlette.responses import Response

from server_stub.api.idempotency import answer, answer_once
from server_stub.services import users
from server_stub.services.users import User, UserChanges

if TYPE_CHECKING:
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
    shape: Callable[[User], object],
) -> Response:
    """Create a user and answer 201."""
    return await answer_once(
        request,
        key,
        [new],
        partial(users.create, services, actor, new),
        lambda made: answer(201, shape(made), {"Location": f"{request.scope['path']}/{made['id']}"}),
    )
