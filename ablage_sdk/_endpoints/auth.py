"""The endpoints for logging in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ablage_sdk import formats
from ablage_sdk._endpoints._endpoint import Endpoint
from ablage_sdk._models.auth import Token
from ablage_sdk._models.user import User
from ablage_sdk._operation import V1, nothing, one

if TYPE_CHECKING:
    from collections.abc import Mapping


def _token(token: dict[str, object]) -> Mapping[str, object]:
    user = token.get("user")
    return {**token, "user": formats.users.up(user)} if isinstance(user, dict) else token


LOGIN: Final = Endpoint(
    "auth.login",
    "POST",
    "/auth/login",
    one(Token),
    v1=V1(parameters=frozenset({"email", "password"}), answer=_token),
    authenticated=False,
)
LOGOUT: Final = Endpoint(
    "auth.logout",
    "POST",
    "/auth/logout",
    nothing,
    v1=V1(parameters=frozenset({"refresh_token"}), answer=None),
)
ME: Final = Endpoint("auth.me", "GET", "/auth/me", one(User), v1=V1(answer=formats.users.up))
REFRESH: Final = Endpoint(
    "auth.refresh",
    "POST",
    "/auth/refresh",
    one(Token),
    v1=V1(parameters=frozenset({"refresh_token"}), answer=_token),
    authenticated=False,
)
