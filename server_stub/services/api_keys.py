"""API keys: everyone's own."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from server_stub.errors import InvalidRequestError, NotFoundError, invalid_field
from server_stub.services import paging
from server_stub.services.access import SCOPES
from server_stub.services.api_key_secrets import LIVE, key_hash, key_prefix, new_key
from server_stub.services.idempotency import once
from server_stub.services.printable import check_printable
from server_stub.services.users import acting_as
from server_stub.storage import ids
from server_stub.storage.queries import api_keys as stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.services.idempotency import Claim
    from server_stub.settings import Settings

#: An API key as it is answered; its secret is not part of it.
ApiKey: TypeAlias = "dict[str, object]"

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """What a new key shall be."""

    name: str
    scopes: Sequence[str] | None = None
    expires_at: datetime | None = None


async def list_keys(services: Services, actor: Actor, window: paging.Window) -> paging.Listing[ApiKey]:
    """Return the actor's keys, the newest first."""
    actor.require("api_keys", "read")
    async with services.db.connect() as conn:
        return await paging.read(conn, stored.listed(actor.user_id), window, "api_keys", dict)


async def list_all(services: Services, actor: Actor, *, email: str | None = None) -> list[ApiKey]:
    """Return everybody's keys, or those of one address, the newest first."""
    actor.require("users", "read")
    async with services.db.connect() as conn:
        return await stored.everyones(conn, email)


async def create(
    services: Services, actor: Actor, new: NewApiKey, secret: str, claim: Claim[ApiKey] | None = None
) -> ApiKey:
    """Create a key.

    Args:
        services: The running server.
        actor: Whose it is.
        new: What it shall be.
        secret: The key itself, from `derive_secret`.
        claim: To have it done once.

    Raises:
        InvalidRequestError: A value is wrong, or a scope goes beyond what the actor may do.
    """
    return await once(services, actor, claim, lambda conn: add(conn, actor, new, secret))


async def create_for(services: Services, user_id: UUID, new: NewApiKey, secret: str) -> ApiKey:
    """Create a key for a user, at the hand of an operator.

    Raises:
        NotFoundError: There is no such user.
        InvalidRequestError: A value is wrong, or a scope goes beyond what the user may do.
    """
    async with services.db.begin() as conn:
        return await add(conn, await acting_as(conn, user_id), new, secret)


async def add(conn: AsyncConnection, actor: Actor, new: NewApiKey, secret: str) -> ApiKey:
    """Create a key in the caller's transaction; see `create`."""
    actor.require("api_keys", "create")
    check_printable("name", new.name, least=1, most=MAX_NAME)
    if new.expires_at is not None and new.expires_at <= datetime.now(UTC):
        raise invalid_field("expires_at", "must be in the future.")
    values = {
        "id": ids.new_id(),
        "user_id": actor.user_id,
        "name": new.name,
        "prefix": key_prefix(secret),
        "key_hash": key_hash(secret),
        "scopes": _scopes(actor, new.scopes),
        "expires_at": new.expires_at,
    }
    made = await stored.insert(conn, values)
    if made is None:  # the same idempotency key, more than a day later: see derive_secret
        raise InvalidRequestError(
            "This Idempotency-Key made an API key before. Use a new one.", code="IDEMPOTENCY_KEY_REUSED"
        )
    return made


def derive_secret(settings: Settings, actor: Actor, idempotency_key: str | None) -> str:
    """Return the secret of a new key.

    With an idempotency key it is computed, not drawn: a repeated request can then be answered the same
    without the secret having been stored anywhere.
    """
    if idempotency_key is None:
        return new_key()
    text = f"api-key\0{actor.user_id}\0{idempotency_key}".encode()
    digest = hmac.digest(settings.secret_key.get_secret_value().encode(), text, hashlib.sha256)
    return LIVE + urlsafe_b64encode(digest).decode().rstrip("=")


async def find(services: Services, actor: Actor, key: str) -> list[UUID]:
    """Return the ids of all keys that have this id, or begin so."""
    actor.require("users", "read")
    async with services.db.connect() as conn:
        return await stored.matching(conn, key)


async def revoke(services: Services, actor: Actor, key_id: UUID) -> ApiKey:
    """Make a key useless, everywhere within a second. Revoking twice is fine.

    Returns:
        What names it, and when it was revoked.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("api_keys", "delete")
    async with services.db.begin() as conn:
        revoked = await stored.revoke(conn, key_id, None if actor.is_operator else actor.user_id)
    if revoked is None:
        raise NotFoundError(f"There is no API key {key_id}.", code="API_KEY_NOT_FOUND")
    return revoked


def _scopes(actor: Actor, scopes: Sequence[str] | None) -> list[str] | None:
    """Check scopes; a key made with a limited key is limited alike."""
    if scopes is None:
        return None if actor.scopes is None else sorted(actor.scopes)
    for scope in scopes:
        if scope not in SCOPES:
            raise invalid_field(
                "scopes", f"there is no scope {scope[:50]!r}. Known ones: {', '.join(SCOPES)}."
            )
        resource, _, action = scope.partition(":")
        if action not in actor.permissions.get(resource, frozenset()):
            raise invalid_field("scopes", f"{scope} goes beyond what you may do yourself.")
    return sorted(set(scopes))
