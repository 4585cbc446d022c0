"""Logging in and out, the same in both versions but for the shape of the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData
from starlette.responses import Response

from server_stub.api import responses, schemas
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import (
    CurrentActor,
    CurrentServices,
    OptionalActor,
    Throttled,
)
from server_stub.api.idempotency import IdempotencyKey
from server_stub.api.openapi import described
from server_stub.errors import FieldError, InvalidRequestError, invalid_field
from server_stub.services import sessions, users

if TYPE_CHECKING:
    from server_stub.services.sessions import Session

_LOGIN_SCHEMA = {
    "schema": {
        "type": "object",
        "properties": {
            "email": {"type": "string", "minLength": 1, "maxLength": 255},
            "username": {"type": "string", "minLength": 1, "maxLength": 255, "description": "= email"},
            "password": {"type": "string", "maxLength": 1000},
        },
        "required": ["password"],
        "anyOf": [{"required": ["email"]}, {"required": ["username"]}],
    }
}
_LOGIN_BODY = {
    "required": True,
    "content": {"application/json": _LOGIN_SCHEMA, "application/x-www-form-urlencoded": _LOGIN_SCHEMA},
}
#: No cache may keep tokens (RFC 6749, section 5.1).
_NO_STORE = {"Cache-Control": "no-store"}


def make_router(
    *,
    user: Callable[[users.User], dict[str, object]],
    session_model: type[BaseModel],
    user_model: type[BaseModel],
) -> APIRouter:
    """Return the routes of one version.

    Args:
        user: Turns a v2 user into the shape of the version.
        session_model: The shape of what a login gives.
        user_model: The shape of a user.
    """
    router = APIRouter(prefix="/auth", tags=["auth"], route_class=StrictRoute)

    def answer(session: Session) -> Response:
        value = {
            "access_token": session.access_token,
            "refresh_token": session.refresh_token,
            "token_type": "bearer",
            "expires_in": int(session.lifetime.total_seconds()),
            "user": user(session.user),
        }
        return responses.json(value, headers=_NO_STORE)

    @router.post("/login", responses=described(session_model), openapi_extra={"requestBody": _LOGIN_BODY})
    async def login(request: Request, services: CurrentServices, _throttled: Throttled) -> Response:
        """Exchange an address and a password for tokens."""
        given = await _read_login(request)
        email = given.email or given.username
        if not email:
            raise invalid_field("email", "is missing.")
        return answer(await sessions.login(services, email, given.password))

    @router.post("/refresh", responses=described(session_model))
    async def refresh(
        services: CurrentServices, _throttled: Throttled, key: IdempotencyKey, body: schemas.RefreshToken
    ) -> Response:
        """Exchange a refresh token, which is used up, for new tokens."""
        return answer(await sessions.refresh(services, body.refresh_token, key))

    @router.post("/logout", status_code=204)
    async def logout(
        services: CurrentServices,
        actor: OptionalActor,
        _throttled: Throttled,
        body: schemas.Logout | None = None,
    ) -> Response:
        """End a session: that of the access token, of the refresh token, or of both."""
        await sessions.logout(services, actor, body.refresh_token if body else None)
        return responses.empty()

    @router.get("/me", responses=described(user_model))
    async def me(services: CurrentServices, actor: CurrentActor) -> Response:
        """Return who you are, and with these permissions."""
        return responses.json(user(await users.me(services, actor)))

    return router


async def _read_login(request: Request) -> schemas.Login:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form: FormData | None = None
    value: object
    if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        form = await request.form(max_files=0, max_fields=20)
        value = dict(form)
    else:
        try:
            value = await request.json()
        except ValueError:
            raise InvalidRequestError("The body must be JSON or a form.") from None
    try:
        return schemas.Login.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        errors = [FieldError(".".join(map(str, e["loc"])) or "body", f"{e['msg']}.") for e in found]
        raise InvalidRequestError(
            f"The login is not valid. {errors[0].field}: {errors[0].message}", errors=errors
        ) from None
