"""Users, their roles, and what goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server_stub.storage.queries.lists import Sorted
from server_stub.storage.tables import documents, refresh_tokens, roles, user_roles, users

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

u = users.c

#: The roles of each user, and what they grant.
GRANTED = (
    sa.select(
        sa.func.coalesce(
            sa.func.jsonb_agg(sa.text("roles.name ORDER BY roles.name")), sa.text("'[]'::jsonb")
        ).label("roles"),
        sa.func.coalesce(sa.func.jsonb_agg(roles.c.permissions), sa.text("'[]'::jsonb")).label("granted"),
    )
    .select_from(user_roles.join(roles, roles.c.id == user_roles.c.role_id))
    .where(user_roles.c.user_id == u.id)
    .correlate(users)
    .lateral("granted")
)
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    u.id, u.email, u.full_name, u.is_active, GRANTED.c.roles, GRANTED.c.granted, u.created_at, u.updated_at,
)  # fmt: skip
_SELECT = sa.select(*_COLUMNS).select_from(users.join(GRANTED, sa.true()))
_HOLDERS = users.join(user_roles, user_roles.c.user_id == u.id).join(
    roles, roles.c.id == user_roles.c.role_id
)


class Taken(Exception):  # noqa: N818 - no error of the program
    """Somebody has this address already."""


class Role(NamedTuple):
    """A role and what it allows."""

    id: UUID
    name: str
    description: str | None
    permissions: Mapping[str, Collection[str]]


async def find(conn: AsyncConnection, user_id: UUID) -> RowMapping | None:
    """Return a user with ``roles``, and ``granted``: the permissions of each."""
    return (await conn.execute(_SELECT.where(u.id == user_id))).mappings().one_or_none()


async def by_email(conn: AsyncConnection, email: str) -> UUID | None:
    """Return the id of the user with an address."""
    found: UUID | None = await conn.scalar(sa.select(u.id).where(u.email == email.lower()))
    return found


async def is_empty(conn: AsyncConnection) -> bool:
    """Tell whether there is no user at all."""
    return (await conn.execute(sa.select(u.id).limit(1))).first() is None


def listed() -> Sorted:
    """Return the list of users, with the columns of `find`."""
    return Sorted(_SELECT, u.created_at, u.id)


async def everyone(conn: AsyncConnection) -> list[dict[str, object]]:
    """Return all users for a table, the oldest first."""
    columns = (u.email, GRANTED.c.roles, u.is_active, u.full_name, u.created_at, u.id)
    rows = sa.select(*columns).select_from(users.join(GRANTED, sa.true())).order_by(u.created_at)
    return [dict(row) for row in (await conn.execute(rows)).mappings()]


async def insert(conn: AsyncConnection, values: Mapping[str, object]) -> None:
    """Store a new user, by columns.

    Raises:
        Taken: Somebody has this address.
    """
    try:
        async with conn.begin_nested():
            await conn.execute(sa.insert(users), values)
    except IntegrityError:
        raise Taken from None


async def change(conn: AsyncConnection, user_id: UUID, values: Mapping[str, object]) -> bool:
    """Change columns of a user; tell whether there is one.

    Raises:
        Taken: Somebody else has this address.
    """
    statement = sa.update(users).where(u.id == user_id).values(updated_at=sa.func.clock_timestamp(), **values)
    try:
        async with conn.begin_nested():
            return bool((await conn.execute(statement)).rowcount)
    except IntegrityError:
        raise Taken from None


async def delete(conn: AsyncConnection, user_id: UUID) -> list[str]:
    """Delete a user and their documents; return the keys of the files, to be deleted after the commit."""
    statement = sa.delete(documents).where(documents.c.user_id == user_id)
    keys = (await conn.execute(statement.returning(documents.c.storage_key))).scalars().all()
    await conn.execute(sa.delete(users).where(u.id == user_id))
    return list(keys)


async def end_sessions(conn: AsyncConnection, user_id: UUID) -> None:
    """Revoke the refresh tokens of a user."""
    await conn.execute(
        sa.update(refresh_tokens)
        .where(refresh_tokens.c.user_id == user_id, refresh_tokens.c.revoked_at.is_(None))
        .values(revoked_at=sa.func.now())
    )


async def all_roles(conn: AsyncConnection) -> list[Role]:
    """Return the roles that there are."""
    columns = (roles.c.id, roles.c.name, roles.c.description, roles.c.permissions)
    return [Role(*row) for row in await conn.execute(sa.select(*columns).order_by(roles.c.name))]


async def assign(
    conn: AsyncConnection, user_id: UUID, role_ids: Collection[UUID], *, by: UUID | None
) -> None:
    """Let a user have these roles and no others; ``by`` is who said so."""
    held = user_roles.c.user_id == user_id
    await conn.execute(sa.delete(user_roles).where(held, user_roles.c.role_id.not_in(role_ids)))
    for role_id in role_ids:
        await conn.execute(
            sa.text(
                "INSERT INTO user_roles (user_id, role_id, assigned_by) VALUES (:user, :role, :by)"
                " ON CONFLICT DO NOTHING"
            ),
            {"user": user_id, "role": role_id, "by": by},
        )


async def one_at_a_time(conn: AsyncConnection, number: int) -> None:
    """Wait for whoever holds this lock, and hold it until the end of the transaction."""
    await conn.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


async def lock_role(conn: AsyncConnection, name: str) -> None:
    """Keep others from doing the same until the end of the transaction."""
    await conn.execute(sa.select(roles.c.id).where(roles.c.name == name).with_for_update())


async def first_with_role(conn: AsyncConnection, name: str, *, active: bool = False) -> UUID | None:
    """Return who has had a role for longest, or longest of those who are active."""
    holders = sa.select(u.id).select_from(_HOLDERS).where(roles.c.name == name)
    if active:
        holders = holders.where(u.is_active)
    found: UUID | None = await conn.scalar(holders.order_by(u.created_at).limit(1))
    return found
