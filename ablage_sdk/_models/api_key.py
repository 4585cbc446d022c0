"""API keys."""

from __future__ import annotations

from pydantic import Field

from ablage_sdk._models._base import Resource, Timestamp

__all__ = ["APIKey", "CreatedAPIKey"]


class APIKey(Resource):
    """An API key without its secret.

    Attributes:
        id: UUID.
        name: For people.
        prefix: The first characters of the key, to recognise it by.
        scopes: What it allows, such as ``documents:read``; ``None`` for all that its owner may.
        created_at: Time of creation.
        expires_at: End of its validity; ``None`` for no end.
        last_used_at: Time of the last use, to the minute.
        revoked_at: Time of its revocation; ``None`` while valid.
    """

    id: str
    name: str
    prefix: str
    scopes: list[str] | None = None
    created_at: Timestamp
    expires_at: Timestamp | None = None
    last_used_at: Timestamp | None = None
    revoked_at: Timestamp | None = None


class CreatedAPIKey(APIKey):
    """A new API key, with its secret.

    Attributes:
        key: The secret; the server shows it this once and keeps only a hash.
    """

    key: str = Field(repr=False)
