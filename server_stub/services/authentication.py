"""Who is behind a credential."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from server_stub.errors import AuthenticationError
from server_stub.services.access import Actor, effective_permissions
from server_stub.services.api_key_secrets import key_hash, looks_like_key
from server_stub.services.tokens import read_access_token
from server_stub.storage.queries import credentials

if TYPE_CHECKING:
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
            row = await credentials.by_key(conn, key_hash(key))
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
            async with self._services.db.begin() as conn:
                await credentials.note_use(conn, row["key_id"])
        scopes = None if row["scopes"] is None else frozenset(row["scopes"])
        return _actor(row, f"key:{row['key_id']}", scopes)

    async def _by_token(self, token: str) -> Actor:
        claims = read_access_token(self._services.settings, token)
        async with self._services.db.connect() as conn:
            row = await credentials.by_session(conn, claims.user_id, claims.session_id)
        if row is None or not row["is_active"] or row["revoked"]:
            raise AuthenticationError("This session has ended. Log in again.", code="AUTH_TOKEN_INVALID")
        return _actor(row, f"session:{claims.session_id}", None)


def _actor(row: RowMapping, credential: str, scopes: frozenset[str] | None) -> Actor:
    granted = [] if scopes == frozenset() else row["granted"]
    return Actor(
        user_id=row["user_id"],
        email=row["email"],
        roles=tuple(row["roles"]),
        permissions=effective_permissions(granted, scopes),
        credential=credential,
        scopes=scopes,
    )
