"""The first admin, without whom nobody could let anybody in."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from server_stub.errors import SettingsError
from server_stub.services.access import ADMIN
from server_stub.services.api_key_secrets import key_hash, looks_like_key, new_key
from server_stub.services.api_keys import NewApiKey
from server_stub.services.api_keys import add as add_key
from server_stub.services.users import UserChanges, acting_as
from server_stub.services.users import add as add_user
from server_stub.storage.queries import users as stored
from server_stub.storage.queries.api_keys import is_known

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Actor
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
        await stored.one_at_a_time(conn, _LOCK)
        if given is None and not await stored.is_empty(conn):
            return None
        key = new_key() if given is None else given.get_secret_value()
        if not await is_known(conn, key_hash(key)):
            await add_key(conn, await _admin(conn), NewApiKey(KEY_NAME), key)
        return key if given is None else None


async def _admin(conn: AsyncConnection) -> Actor:
    """Return the admin, who is made when missing."""
    user_id = await stored.by_email(conn, ADMIN_EMAIL)
    if user_id is None:
        new = UserChanges(ADMIN_EMAIL, full_name="Administrator", roles=[ADMIN])
        user_id = cast("UUID", (await add_user(conn, new, None, by=None))["id"])
    return await acting_as(conn, user_id)
