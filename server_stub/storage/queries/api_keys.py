"""API keys, of which only hashes are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from server_stub.storage.queries.lists import Sorted
from server_stub.storage.tables import api_keys, users

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

k = api_keys.c
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    k.id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, k.last_used_at, k.revoked_at,
)  # fmt: skip
_TABLE = (k.prefix, users.c.email.label("user"), k.name, k.scopes, k.created_at, k.expires_at,
          k.last_used_at, k.revoked_at, k.id)  # fmt: skip


def listed(user_id: UUID) -> Sorted:
    """Return the list of somebody's keys."""
    return Sorted(sa.select(*_COLUMNS).where(k.user_id == user_id), k.created_at, k.id)


async def everyones(conn: AsyncConnection, email: str | None) -> list[dict[str, object]]:
    """Return the keys of one address or of all for a table, the newest first."""
    rows = sa.select(*_TABLE).join(users, users.c.id == k.user_id)
    if email is not None:
        rows = rows.where(users.c.email == email.lower())
    rows = rows.order_by(k.created_at.desc(), k.id.desc())
    return [dict(row) for row in (await conn.execute(rows)).mappings()]


async def insert(conn: AsyncConnection, values: Mapping[str, object]) -> dict[str, object] | None:
    """Store a new key, by columns, and return it; ``None`` when it is known already."""
    scopes = sa.null() if values["scopes"] is None else values["scopes"]
    statement = pg.insert(api_keys).values({**values, "scopes": scopes}).on_conflict_do_nothing()
    row = (await conn.execute(statement.returning(*_COLUMNS))).mappings().one_or_none()
    return None if row is None else dict(row)


async def is_known(conn: AsyncConnection, key_hash: str) -> bool:
    """Tell whether a key is stored, revoked or not."""
    return (await conn.execute(sa.select(k.id).where(k.key_hash == key_hash))).first() is not None


async def matching(conn: AsyncConnection, key: str) -> list[UUID]:
    """Return the ids of the keys with an id, or that begin so."""
    matches = sa.or_(sa.cast(k.id, sa.Text) == key.lower(), k.prefix == key)
    return list((await conn.execute(sa.select(k.id).where(matches))).scalars())


async def revoke(conn: AsyncConnection, key_id: UUID, owner: UUID | None) -> dict[str, object] | None:
    """Revoke a key and return what names it; ``None`` when there is none.

    Args:
        conn: The connection.
        key_id: Which key.
        owner: Whose it must be; ``None`` for anybody's.
    """
    mine = [] if owner is None else [k.user_id == owner]
    statement = (
        sa.update(api_keys)
        .where(k.id == key_id, *mine)
        .values(revoked_at=sa.func.coalesce(k.revoked_at, sa.func.now()))
        .returning(k.id, k.prefix, k.name, k.revoked_at)
    )
    row = (await conn.execute(statement)).mappings().one_or_none()
    return None if row is None else dict(row)
