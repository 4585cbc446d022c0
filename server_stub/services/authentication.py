"""Who is behind a credential."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.errors import AuthenticationError
from server_stub.services.access import Actor, effective_permissions
from server_stub.services.api_key_secrets import key_hash, looks_like_key
from server_stub.services.tokens import read_access_token
from server_stub.storage.tables import api_keys, refresh_tokens, roles, user_roles, users

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.engine import RowMapping

    from server_stub.services.context import Services

#: Seconds for which an answer of the database is believed: a revoked key stops working within this time.
BELIEVED_FOR = 0.8
MAX_REMEMBERED = 10_000
#: ``last_used_at`` is exact to this.
LAST_USED_EVERY = timedelta(seconds=60)


class Authenticator:
    """Turns credentials into actors.

    Args:
        services: The running server.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: OrderedDict[str, tuple[float, Actor]] = OrderedDict()
        self._asking: dict[str, asyncio.Future[Actor]] = {}

    async def actor(self, credential: str) -> Actor:
        """Return who is behind an API key or access token.

        Raises:
            AuthenticationError: Nobody, or nobody any more.
        """
        known = self._known.get(credential)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        running = self._asking.get(credential)
        if running is None:
            # Of many requests that come at once with one credential, one asks the database for all.
            running = self._asking[credential] = asyncio.ensure_future(self._ask(credential))
            running.add_done_callback(lambda done: self._answered(credential, done))
        return await asyncio.shield(running)

    def known(self, credential: str) -> Actor | None:
        """Return the actor if the credential was checked a moment ago; never asks the database."""
        found = self._known.get(credential)
        return found[1] if found is not None and found[0] > time.monotonic() else None

    async def _ask(self, credential: str) -> Actor:
        until = time.monotonic() + BELIEVED_FOR
        if looks_like_key(credential):
            actor = await self._by_key(credential)
        else:
            actor = await self._by_token(credential)
        self._known[credential] = (until, actor)
        self._known.move_to_end(credential)
        while len(self._known) > MAX_REMEMBERED:
            self._known.popitem(last=False)
        return actor

    def _answered(self, credential: str, done: asyncio.Future[Actor]) -> None:
        self._asking.pop(credential, None)
        if not done.cancelled():
            done.exception()  # seen: whoever waited got it, or hung up

    async def _by_key(self, key: str) -> Actor:
        async with self._services.db.connect() as conn:
            row = (await conn.execute(_BY_KEY, {"key_hash": key_hash(key)})).mappings().one_or_none()
        now = datetime.now(UTC)
        if row is None or row["revoked_at"] is not None or not row["is_active"]:
            raise AuthenticationError(
                "This API key is unknown or was revoked. Check it, or create a new one.",
                code="AUTH_INVALID_CREDENTIALS",
            )
        if row["expires_at"] is not None and row["expires_at"] <= now:
            raise AuthenticationError(
                "This API key has expired. Create a new one.", code="AUTH_TOKEN_EXPIRED"
            )
        used = row["last_used_at"]
        if not self._services.settings.read_only and (used is None or used < now - LAST_USED_EVERY):
            await self._note_use(row["key_id"])
        scopes = None if row["scopes"] is None else frozenset(row["scopes"])
        return _actor(row, f"key:{row['key_id']}", scopes)

    async def _by_token(self, token: str) -> Actor:
        claims = read_access_token(self._services.settings, token)
        async with self._services.db.connect() as conn:
            parameters = {"user_id": claims.user_id, "family_id": claims.session_id}
            row = (await conn.execute(_BY_SESSION, parameters)).mappings().one_or_none()
        if row is None or not row["is_active"] or row["revoked"]:
            raise AuthenticationError("This session has ended. Log in again.", code="AUTH_TOKEN_INVALID")
        return _actor(row, f"session:{claims.session_id}", None)

    async def _note_use(self, key_id: UUID) -> None:
        async with self._services.db.begin() as conn:
            await conn.execute(
                sa.update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=sa.func.now())
            )


def _actor(row: RowMapping, credential: str, scopes: frozenset[str] | None) -> Actor:
    granted = [] if scopes == frozenset() else row["permissions"]
    return Actor(
        user_id=row["user_id"],
        email=row["email"],
        roles=tuple(row["roles"]),
        permissions=effective_permissions(granted, scopes),
        credential=credential,
        scopes=scopes,
    )


_ROLES = (
    sa.select(
        sa.func.coalesce(sa.func.jsonb_agg(roles.c.name), sa.text("'[]'::jsonb")).label("roles"),
        sa.func.coalesce(sa.func.jsonb_agg(roles.c.permissions), sa.text("'[]'::jsonb")).label("permissions"),
    )
    .select_from(user_roles.join(roles, roles.c.id == user_roles.c.role_id))
    .where(user_roles.c.user_id == users.c.id)
    .correlate(users)
    .lateral("granted")
)
_USER = (users.c.id.label("user_id"), users.c.email, users.c.is_active, _ROLES.c.roles, _ROLES.c.permissions)

_BY_KEY = (
    sa.select(
        api_keys.c.id.label("key_id"),
        api_keys.c.scopes,
        api_keys.c.expires_at,
        api_keys.c.revoked_at,
        api_keys.c.last_used_at,
        *_USER,
    )
    .select_from(api_keys.join(users, users.c.id == api_keys.c.user_id).join(_ROLES, sa.true()))
    .where(api_keys.c.key_hash == sa.bindparam("key_hash"))
)

_FAMILY = (
    sa.select(
        # A session without a row was logged out so long ago that its tokens were cleared away.
        sa.func.coalesce(sa.func.bool_or(refresh_tokens.c.revoked_at.is_not(None)), sa.true()).label(
            "revoked"
        )
    )
    .where(refresh_tokens.c.family_id == sa.bindparam("family_id"), refresh_tokens.c.user_id == users.c.id)
    .correlate(users)
    .lateral("session")
)

_BY_SESSION = (
    sa.select(_FAMILY.c.revoked, *_USER)
    .select_from(users.join(_ROLES, sa.true()).join(_FAMILY, sa.true()))
    .where(users.c.id == sa.bindparam("user_id"))
)
