"""Logins."""

from __future__ import annotations

from pydantic import Field

from ablage_sdk._models._base import Number, Resource
from ablage_sdk._models.user import User

__all__ = ["Token"]


class Token(Resource):
    """What a login gives. ``repr`` shows no secret.

    Attributes:
        access_token: Proves who is calling, for ``expires_in`` seconds.
        refresh_token: Buys a new access token, once.
        token_type: ``bearer``.
        expires_in: Seconds.
        user: Who logged in.
    """

    access_token: str = Field(repr=False)
    refresh_token: str | None = Field(default=None, repr=False)
    token_type: str = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: Number | None = None
    user: User | None = None
