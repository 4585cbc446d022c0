"""API keys: everyone's own."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from server_stub.errors import InvalidRequestError, NotFoundError, invalid_field
from server_stub.services import paging
from server_stub.services.access import SCOPES
from server_stub.services.api_key_secrets import LIVE, key_hash, key_prefix, new_key
from server_stub.services.printable import check_printable
from server_stub.storage import ids
from server_stub.storage.queries.lists import Sorted
from server_stub.storage.tables import api_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.settings import Settings

#: An API key as it is answered; its secret is not part of it.
ApiKey: TypeAlias = "dict[str, object]"

k = api_keys.c
MAX_NAME = 100
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    k.id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, k.last_used_at, k.revoked_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """What a new key shall be."""

    name: str
    scopes: Sequence[str] | None = None
    expires_at: datetime | None = None


async def list_keys(services: Services, actor: Actor, window: paging.Window) -> paging.Listing[ApiKey]:
    """Return the actor's keys, the newest first."""
    actor.require("api_keys", "read")
    mine = sa.select(*_COLUMNS).where(k.user_id == actor.user_id)
    async with services.db.connect() as conn:
        return await paging.read(conn, Sorted(mine, k.created_at, k.id), window, "api_keys", dict)


async def create(actor: Actor, new: NewApiKey, secret: str, conn: AsyncConnection) -> ApiKey:
    """Create a key in the caller's transaction.

    Args:
        actor: Who asks.
        new: What it shall be.
        secret: The key itself, from `derive_secret`.
        conn: The transaction.

    Raises:
        InvalidRequestError: A value is wrong, or a scope goes beyond what the actor may do.
    """
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
        "scopes": sa.null() if (scopes := _scopes(actor, new.scopes)) is None else scopes,
        "expires_at": new.expires_at,
    }
    statement = pg.insert(api_keys).values(values).on_conflict_do_nothing().returning(*_COLUMNS)
    row = (await conn.execute(statement)).mappings().one_or_none()
    if row is None:  # the same idempotency key, more than a day later: see derive_secret
        raise InvalidRequestError(
            "This Idempotency-Key made an API key before. Use a new one.", code="IDEMPOTENCY_KEY_REUSED"
        )
    return dict(row)


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


async def revoke(services: Services, actor: Actor, key_id: UUID) -> None:
    """Make a key useless, everywhere within a second. Revoking twice is fine.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("api_keys", "delete")
    statement = (
        sa.update(api_keys)
        .where(k.id == key_id, k.user_id == actor.user_id)
        .values(revoked_at=sa.func.coalesce(k.revoked_at, sa.func.now()))
    )
    async with services.db.begin() as conn:
        if not (await conn.execute(statement)).rowcount:
            raise NotFoundError(f"There is no API key {key_id}.", code="API_KEY_NOT_FOUND")


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
