"""What `ablage-server users` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.errors import NotFoundError
from server_stub.services import passwords, users
from server_stub.services.access import ADMIN, RESOURCES, Actor
from server_stub.storage.tables import roles, user_roles
from server_stub.storage.tables import users as users_table

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.cli.output import Row
    from server_stub.services.context import Services

u = users_table.c

_LIST = (
    sa.select(
        u.email, sa.func.array_remove(sa.func.array_agg(roles.c.name), None).label("roles"),
        u.is_active, u.full_name, u.created_at, u.id,
    )
    .select_from(
        users_table.outerjoin(user_roles, user_roles.c.user_id == u.id).outerjoin(
            roles, roles.c.id == user_roles.c.role_id
        )
    )
    .group_by(u.id)
    .order_by(u.created_at)
)  # fmt: skip


async def operator(conn: AsyncConnection) -> Actor:
    """Return whoever runs the command: they have the database, so they may do everything.

    What is written down as done by somebody is done in the name of the first administrator.

    Raises:
        NotFoundError: If there is no administrator.
    """
    admins = (
        sa.select(u.id)
        .join(user_roles, user_roles.c.user_id == u.id)
        .join(roles, roles.c.id == user_roles.c.role_id)
        .where(roles.c.name == ADMIN)
        .order_by(u.created_at)
        .limit(1)
    )
    found: UUID | None = (await conn.execute(admins)).scalar_one_or_none()
    if found is None:
        raise NotFoundError(
            "There is no administrator yet. Start the server once: it makes the first one.",
            code="USER_NOT_FOUND",
        )
    everything = {resource: frozenset(actions) for resource, actions in RESOURCES.items()}
    return Actor(found, "operator", (ADMIN,), everything, "operator")


async def find_user(conn: AsyncConnection, email: str) -> UUID:
    """Return the id of the user with an address.

    Raises:
        NotFoundError: There is none.
    """
    found: UUID | None = (
        await conn.execute(sa.select(u.id).where(u.email == email.lower()))
    ).scalar_one_or_none()
    if found is None:
        raise NotFoundError(f"There is no user {email}. See: ablage-server users list", code="USER_NOT_FOUND")
    return found


async def list_users(services: Services) -> list[Row]:
    """Return all users."""
    async with services.db.connect() as conn:
        return [dict(row) for row in (await conn.execute(_LIST)).mappings()]


async def create(services: Services, email: str, password: str, *, role: str, name: str | None) -> Row:
    """Create a user."""
    hashed = await passwords.hash_password(password)
    async with services.db.begin() as conn:
        new = users.UserChanges(email=email, full_name=name, roles=[role])
        return await users.create(await operator(conn), new, hashed, conn)


async def update(
    services: Services, email: str, *, role: str | None, active: bool | None, password: str | None
) -> Row:
    """Change a user; ``None`` leaves what is there."""
    changes = users.UserChanges(roles=None if role is None else [role], is_active=active, password=password)
    async with services.db.connect() as conn:
        user_id, actor = await find_user(conn, email), await operator(conn)
    return await users.update(services, actor, user_id, changes)
