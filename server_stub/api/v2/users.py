"""Users and roles in API v2."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from server_stub.api import responses
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices, UserId
from server_stub.api.idempotency import Repeat
from server_stub.api.openapi import created, described
from server_stub.api.v2 import schemas
from server_stub.api.v2.paging import Paged, end_of, envelope
from server_stub.services import users
from server_stub.services.users import UserChanges

router = APIRouter(tags=["users"], route_class=StrictRoute)


@router.get("/users", responses=described(schemas.UserPage))
async def list_users(services: CurrentServices, actor: CurrentActor, paged: Paged) -> Response:
    """List users, the newest first."""
    return responses.json(envelope(await users.list_users(services, actor, paged)))


@router.post("/users", status_code=201, responses=created(schemas.User))
async def create_user(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    body: schemas.NewUser,
) -> Response:
    """Create a user."""
    new = UserChanges(body.email, body.password, body.full_name, body.roles, body.is_active)
    return await repeat.create([new], partial(users.create, services, actor, new))


@router.get("/users/{user_id}", responses=described(schemas.User))
async def get_user(services: CurrentServices, actor: CurrentActor, user_id: UserId) -> Response:
    """Return a user."""
    return responses.json(await users.get(services, actor, user_id))


@router.patch("/users/{user_id}", responses=described(schemas.User))
async def update_user(
    services: CurrentServices, actor: CurrentActor, user_id: UserId, body: schemas.UserChanges
) -> Response:
    """Change a user."""
    changes = UserChanges(body.email, body.password, body.full_name, body.roles, body.is_active)
    return responses.json(await users.update(services, actor, user_id, changes))


@router.delete("/users/{user_id}", status_code=204)
async def delete_user(services: CurrentServices, actor: CurrentActor, user_id: UserId) -> Response:
    """Delete a user with all their documents, keys and webhooks."""
    await users.delete(services, actor, user_id)
    return responses.empty()


@router.get("/roles", responses=described(schemas.RolePage))
async def list_roles(services: CurrentServices, actor: CurrentActor) -> Response:
    """List the roles and what they allow."""
    roles = await users.list_roles(services, actor)
    return responses.json({"items": roles, **end_of(None)})
