"""Users in API v1: they have one role."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from ablage_sdk import formats
from server_stub.api import responses
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices, UserId
from server_stub.api.idempotency import Repeat
from server_stub.api.openapi import created, described
from server_stub.api.v1 import schemas
from server_stub.api.v1.paging import Numbered, envelope
from server_stub.services import users
from server_stub.services.users import User, UserChanges

router = APIRouter(prefix="/users", tags=["users"], route_class=StrictRoute)

_KEYS = ("id", "email", "full_name", "is_active", "role", "created_at", "updated_at")


def old(user: User) -> dict[str, object]:
    """Return a user as v1 answers it."""
    converted = formats.users.down(user)
    return {key: converted[key] for key in _KEYS}


@router.get("", responses=described(schemas.UserPage))
async def list_users(services: CurrentServices, actor: CurrentActor, numbered: Numbered) -> Response:
    """List users, the newest first."""
    found = await users.list_users(services, actor, numbered)
    return responses.json(envelope(found, numbered, old))


@router.post("", status_code=201, responses=created(schemas.User))
async def create_user(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    body: schemas.NewUser,
) -> Response:
    """Create a user."""
    new = UserChanges(body.email, body.password, body.full_name, _roles(body.role), body.is_active)
    return await repeat.create([new], partial(users.create, services, actor, new), old)


@router.get("/{user_id}", responses=described(schemas.User))
async def get_user(services: CurrentServices, actor: CurrentActor, user_id: UserId) -> Response:
    """Return a user."""
    return responses.json(old(await users.get(services, actor, user_id)))


@router.patch("/{user_id}", responses=described(schemas.User))
async def update_user(
    services: CurrentServices, actor: CurrentActor, user_id: UserId, body: schemas.UserChanges
) -> Response:
    """Change a user."""
    changes = UserChanges(body.email, body.password, body.full_name, _roles(body.role), body.is_active)
    return responses.json(old(await users.update(services, actor, user_id, changes)))


@router.delete("/{user_id}", status_code=204)
async def delete_user(services: CurrentServices, actor: CurrentActor, user_id: UserId) -> Response:
    """Delete a user with all their documents, keys and webhooks."""
    await users.delete(services, actor, user_id)
    return responses.empty()


def _roles(role: str | None) -> list[str] | None:
    return None if role is None else [role]
