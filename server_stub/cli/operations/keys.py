"""What `ablage-server keys` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.cli.operations.users import find_user
from server_stub.errors import NotFoundError
from server_stub.services import api_keys
from server_stub.services.access import Actor, effective_permissions
from server_stub.services.api_key_secrets import new_key
from server_stub.storage.tables import api_keys as keys_table
from server_stub.storage.tables import roles, user_roles, users

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from server_stub.cli.output import Row
    from server_stub.services.context import Services

k = keys_table.c
_COLUMNS = (k.prefix, users.c.email.label("user"), k.name, k.scopes, k.created_at, k.expires_at,
            k.last_used_at, k.revoked_at, k.id)  # fmt: skip


async def list_keys(services: Services, *, user: str | None) -> list[Row]:
    """Return the API keys, the newest first; those of one e-mail address, or all."""
    statement = (
        sa.select(*_COLUMNS).join(users, users.c.id == k.user_id).order_by(k.created_at.desc(), k.id.desc())
    )
    if user is not None:
        statement = statement.where(users.c.email == user.lower())
    async with services.db.connect() as conn:
        return [dict(row) for row in (await conn.execute(statement)).mappings()]


async def create(
    services: Services, name: str, *, user: str, scopes: Sequence[str] | None, expires_at: datetime | None
) -> Row:
    """Create an API key; the row that is returned holds the key itself, as ``key``."""
    secret = new_key()
    async with services.db.begin() as conn:
        user_id = await find_user(conn, user)
        granted = sa.select(roles.c.name, roles.c.permissions).join(
            user_roles, user_roles.c.role_id == roles.c.id
        )
        held = (await conn.execute(granted.where(user_roles.c.user_id == user_id))).all()
        owner = Actor(
            user_id=user_id,
            email=user,
            roles=tuple(row.name for row in held),
            permissions=effective_permissions([row.permissions for row in held], None),
            credential="operator",
        )
        new = api_keys.NewApiKey(name=name, scopes=scopes or None, expires_at=expires_at)
        return {**await api_keys.create(owner, new, secret, conn), "key": secret}


async def revoke(services: Services, key: str) -> Row:
    """Revoke the API key with an id, or that begins so.

    Raises:
        NotFoundError: There is none, or several begin so.
    """
    async with services.db.begin() as conn:
        matching = sa.or_(sa.cast(k.id, sa.Text) == key.lower(), k.prefix == key)
        found = (await conn.execute(sa.select(k.id).where(matching))).scalars().all()
        if len(found) != 1:
            problem = "There is no such API key" if not found else "Several API keys begin like this"
            raise NotFoundError(f"{problem}. Give its id; see: ablage-server keys list --json",
                                code="API_KEY_NOT_FOUND")  # fmt: skip
        revoked = (
            sa.update(keys_table)
            .where(k.id == found[0])
            .values(revoked_at=sa.func.coalesce(k.revoked_at, sa.func.now()))
            .returning(k.id, k.prefix, k.name, k.revoked_at)
        )
        return dict((await conn.execute(revoked)).mappings().one())
