"""The first admin, without whom nobody could let anybody in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.errors import SettingsError
from server_stub.services.api_key_secrets import key_hash, key_prefix, looks_like_key, new_key
from server_stub.storage.ids import new_id
from server_stub.storage.tables import api_keys, roles, user_roles, users

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.context import Services

ADMIN_EMAIL = "admin@ablage.local"
KEY_NAME = "bootstrap"

_LOCK = 0x41424C42  # "ABLB"
_MIN_LENGTH = 24


async def ensure_admin(services: Services) -> str | None:
    """Make the first admin and their API key when there is no user yet.

    A key given by ``ABLAGE_BOOTSTRAP_API_KEY`` belongs to that admin; it may be added later, but once
    revoked it stays revoked.

    Returns:
        The API key, when one was generated: it is shown this once.

    Raises:
        SettingsError: If the given key is not one.
    """
    given = services.settings.bootstrap_api_key
    if given is not None and (
        not looks_like_key(given.get_secret_value()) or len(given.get_secret_value()) < _MIN_LENGTH
    ):
        raise SettingsError(
            f"ABLAGE_BOOTSTRAP_API_KEY: an API key is ak_live_ or ak_test_ and at least {_MIN_LENGTH - 8} "
            'letters or digits; make one with: echo "ak_live_$(openssl rand -hex 32)".'
        )
    async with services.db.begin() as conn:
        await conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        if given is not None:
            await _take_key(conn, given.get_secret_value())
            return None
        if (await conn.execute(sa.select(users.c.id).limit(1))).first() is not None:
            return None
        key = new_key()
        await _add_key(conn, await _admin(conn), key)
        return key


async def _take_key(conn: AsyncConnection, key: str) -> None:
    known = await conn.execute(sa.select(api_keys.c.id).where(api_keys.c.key_hash == key_hash(key)))
    if known.first() is None:
        await _add_key(conn, await _admin(conn), key)


async def _admin(conn: AsyncConnection) -> UUID:
    """Return the id of the admin, who is made when missing."""
    found: UUID | None = (
        await conn.execute(sa.select(users.c.id).where(users.c.email == ADMIN_EMAIL))
    ).scalar_one_or_none()
    if found is not None:
        return found
    user_id = new_id()
    await conn.execute(
        sa.insert(users).values(id=user_id, email=ADMIN_EMAIL, full_name="Administrator", is_active=True)
    )
    role = sa.select(sa.literal(user_id), roles.c.id).where(roles.c.name == "admin")
    await conn.execute(sa.insert(user_roles).from_select(["user_id", "role_id"], role))
    return user_id


async def _add_key(conn: AsyncConnection, user_id: UUID, key: str) -> None:
    await conn.execute(
        sa.insert(api_keys).values(
            id=new_id(), user_id=user_id, name=KEY_NAME, prefix=key_prefix(key), key_hash=key_hash(key)
        )
    )
