"""What routes ask for."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import APIKeyHeader, HTTPBearer

from server_stub.api.request_context import RequestContext
from server_stub.api.state import ApiState
from server_stub.errors import AuthenticationError
from server_stub.services.access import Actor
from server_stub.services.context import Services

# The schemes appear in the OpenAPI documents; reading them is `credential`, which also explains itself.
_BEARER = HTTPBearer(
    auto_error=False, description="An API key or an access token from POST /auth/login.", scheme_name="bearer"
)
_API_KEY = APIKeyHeader(name="X-API-Key", auto_error=False, description="An API key.", scheme_name="apiKey")


def api_state(request: Request) -> ApiState:
    """Return what the API keeps for the life of the application."""
    return ApiState.of(request.app)


def services(request: Request) -> Services:
    """Return the services."""
    return ApiState.of(request.app).services


def context(request: Request) -> RequestContext:
    """Return the context of the request."""
    return RequestContext.of(request.scope)


def credential(request: Request) -> str | None:
    """Return the API key or token of a request.

    Raises:
        AuthenticationError: Both headers are sent and differ, or the scheme is unknown.
    """
    key = request.headers.get("x-api-key") or None
    header = request.headers.get("authorization")
    if header is None:
        return key
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise AuthenticationError(
            "The Authorization header must be 'Bearer <API key or access token>'.", code="AUTH_TOKEN_INVALID"
        )
    if key is not None and key != token:
        raise AuthenticationError(
            "Authorization and X-API-Key name different credentials. Send one of them.",
            code="AUTH_INVALID_CREDENTIALS",
        )
    return token


async def current_actor(
    request: Request,
    _bearer: Annotated[object, Depends(_BEARER)],
    _api_key: Annotated[object, Depends(_API_KEY)],
) -> Actor:
    """Return who asks, within their rate limit.

    Raises:
        AuthenticationError: Nobody.
        HTTPError: Too often.
    """
    found = credential(request)
    if found is None:
        raise AuthenticationError(
            "Send an API key: 'Authorization: Bearer <key>' or 'X-API-Key: <key>'.", code="AUTH_REQUIRED"
        )
    state = api_state(request)
    actor = await state.authenticator.actor(found)
    current = context(request)
    current.actor = actor
    window = await state.rate_limits.hit(actor.credential)
    if window is not None:
        current.headers.update(window.headers())
    return actor


async def optional_actor(request: Request) -> Actor | None:
    """Return who asks if they can be recognised."""
    try:
        return await current_actor(request, None, None)
    except AuthenticationError:
        return None


async def throttle(request: Request) -> None:
    """Count a request of somebody unknown by their address.

    Raises:
        HTTPError: Too many.
    """
    current = context(request)
    window = await api_state(request).rate_limits.hit(f"address:{current.client}")
    if window is not None:
        current.headers.update(window.headers())


CurrentActor = Annotated[Actor, Depends(current_actor)]
OptionalActor = Annotated["Actor | None", Depends(optional_actor)]
Throttled = Annotated[None, Depends(throttle)]
CurrentServices = Annotated[Services, Depends(services)]
CurrentContext = Annotated[RequestContext, Depends(context)]
DocumentId = Annotated[UUID, Path(description="Id of the document.")]
UserId = Annotated[UUID, Path(description="Id of the user.")]
WebhookId = Annotated[UUID, Path(description="Id of the webhook.")]
