"""Who an API key or a session belongs to, with everything that decides on what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.storage.queries.users import GRANTED
from server_stub.storage.tables import api_keys, refresh_tokens, users

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection


async def by_key(conn: AsyncConnection, key_hash: str) -> RowMapping | None:
    """Return an API key and its user.

    Returns:
        ``key_id``, ``scopes``, ``expires_at``, ``revoked_at``, ``last_used_at``, and of the user ``user_id``,
        ``email``, ``is_active``, ``roles``, and ``granted``: the permissions of each.
    """
    return (await conn.execute(_BY_KEY, {"key_hash": key_hash})).mappings().one_or_none()


async def by_session(conn: AsyncConnection, user_id: UUID, family_id: UUID) -> RowMapping | None:
    """Return a user as `by_key` does, and whether the session that began with a login was ``revoked``."""
    parameters = {"user_id": user_id, "family_id": family_id}
    return (await conn.execute(_BY_SESSION, parameters)).mappings().one_or_none()


async def note_use(conn: AsyncConnection, key_id: UUID) -> None:
    """Note that an API key was used now."""
    await conn.execute(sa.update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=sa.func.now()))


_USER = (users.c.id.label("user_id"), users.c.email, users.c.is_active, GRANTED.c.roles, GRANTED.c.granted)

_BY_KEY = (
    sa.select(
        api_keys.c.id.label("key_id"),
        api_keys.c.scopes,
        api_keys.c.expires_at,
        api_keys.c.revoked_at,
        api_keys.c.last_used_at,
        *_USER,
    )
    .select_from(api_keys.join(users, users.c.id == api_keys.c.user_id).join(GRANTED, sa.true()))
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
    .select_from(users.join(GRANTED, sa.true()).join(_FAMILY, sa.true()))
    .where(users.c.id == sa.bindparam("user_id"))
)
