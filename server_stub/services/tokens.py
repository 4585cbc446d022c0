"""Access tokens: JSON Web Tokens that live for fifteen minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import jwt

from server_stub.errors import AuthenticationError

if TYPE_CHECKING:
    from server_stub.settings import Settings

ACCESS_TOKEN_LIFETIME = timedelta(seconds=900)
_ALGORITHM = "HS256"
_AUDIENCE = "ablage"


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says.

    Attributes:
        user_id: Whom it is for.
        session_id: The login that it descends from.
    """

    user_id: UUID
    session_id: UUID


def new_access_token(settings: Settings, user_id: UUID, session_id: UUID) -> str:
    """Return a signed access token."""
    now = datetime.now(UTC)
    claims = {
        "sub": str(user_id),
        "sid": str(session_id),
        "aud": _AUDIENCE,
        "iat": now,
        "exp": now + ACCESS_TOKEN_LIFETIME,
    }
    return jwt.encode(claims, _secret(settings), algorithm=_ALGORITHM)


def read_access_token(settings: Settings, token: str) -> Claims:
    """Check the signature and dates of an access token.

    Raises:
        AuthenticationError: Expired (``AUTH_TOKEN_EXPIRED``) or not ours (``AUTH_TOKEN_INVALID``).
    """
    try:
        claims = jwt.decode(
            token,
            _secret(settings),
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["exp", "sub", "sid", "aud"]},
        )
        return Claims(UUID(claims["sub"]), UUID(claims["sid"]))
    except jwt.ExpiredSignatureError:
        raise AuthenticationError(
            "The access token has expired. Get a new one from /auth/refresh.", code="AUTH_TOKEN_EXPIRED"
        ) from None
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise AuthenticationError(
            "The credential is neither an API key nor a valid access token.", code="AUTH_TOKEN_INVALID"
        ) from None


def _secret(settings: Settings) -> str:
    return settings.secret_key.get_secret_value()
