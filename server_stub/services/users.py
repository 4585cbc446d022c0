"""Users and their roles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server_stub.errors import ConflictError, NotFoundError, invalid_field
from server_stub.services import paging
from server_stub.services.access import ADMIN, USER, as_json, effective_permissions
from server_stub.services.passwords import hash_password
from server_stub.services.printable import check_printable
from server_stub.storage import ids
from server_stub.storage.queries.lists import Sorted
from server_stub.storage.tables import documents, refresh_tokens, roles, user_roles, users

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

    from server_stub.services.access import Actor
    from server_stub.services.context import Services

#: A user as API v2 answers it.
User: TypeAlias = "dict[str, object]"

u = users.c
MAX_EMAIL = 255
MAX_NAME = 255
# Deliberately no more: an archive in an intranet has addresses that no public rule knows.
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,190}")

_GRANTED = (
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
    u.id, u.email, u.full_name, u.is_active, _GRANTED.c.roles, _GRANTED.c.granted, u.created_at, u.updated_at,
)  # fmt: skip
_SELECT = sa.select(*_COLUMNS).select_from(users.join(_GRANTED, sa.true()))


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What to change about a user; what is ``None`` stays."""

    email: str | None = None
    password: str | None = None
    full_name: str | None = None
    roles: Sequence[str] | None = None
    is_active: bool | None = None


def as_user(row: RowMapping) -> User:
    """Turn a row into a v2 user."""
    return {
        "id": row["id"],
        "email": row["email"],
        "full_name": row["full_name"],
        "is_active": row["is_active"],
        "roles": row["roles"],
        "permissions": as_json(effective_permissions(row["granted"], None)),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


async def fetch(conn: AsyncConnection, user_id: UUID) -> User:
    """Return a user.

    Raises:
        NotFoundError: There is none.
    """
    row = (await conn.execute(_SELECT.where(u.id == user_id))).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"There is no user {user_id}.", code="USER_NOT_FOUND")
    return as_user(row)


async def get(services: Services, actor: Actor, user_id: UUID) -> User:
    """Return a user.

    Raises:
        NotFoundError: There is none.
    """
    actor.require("users", "read")
    async with services.db.connect() as conn:
        return await fetch(conn, user_id)


async def me(services: Services, actor: Actor) -> User:
    """Return the user behind the credential, with the permissions that it has."""
    async with services.db.connect() as conn:
        return {**await fetch(conn, actor.user_id), "permissions": as_json(actor.permissions)}


async def list_users(services: Services, actor: Actor, window: paging.Window) -> paging.Listing[User]:
    """Return users, the newest first."""
    actor.require("users", "read")
    async with services.db.connect() as conn:
        return await paging.read(conn, Sorted(_SELECT, u.created_at, u.id), window, "users", as_user)


async def create(actor: Actor, new: UserChanges, hashed: str, conn: AsyncConnection) -> User:
    """Create a user in the caller's transaction.

    Args:
        actor: Who asks.
        new: The user; without roles they get ``user``.
        hashed: The hash of their password, from `hash_password`.
        conn: The transaction.

    Raises:
        ConflictError: The address is taken.
        InvalidRequestError: A value is wrong.
    """
    actor.require("users", "create")
    user_id = ids.new_id()
    values = {
        "id": user_id,
        "email": check_email(new.email or ""),
        "full_name": _name(new.full_name),
        "password_hash": hashed,
        "is_active": new.is_active is not False,
    }
    try:
        async with conn.begin_nested():
            await conn.execute(sa.insert(users), values)
    except IntegrityError:
        raise _taken(str(values["email"])) from None
    await _assign(conn, actor, user_id, [USER] if new.roles is None else new.roles)
    return await fetch(conn, user_id)


async def update(services: Services, actor: Actor, user_id: UUID, changes: UserChanges) -> User:
    """Change a user. A new password, and being switched off, end their sessions.

    Raises:
        NotFoundError: There is none.
        ConflictError: The address is taken, or nobody could administer the server any more.
        InvalidRequestError: A value is wrong.
    """
    actor.require("users", "update")
    values: dict[str, object] = {"updated_at": sa.func.clock_timestamp()}
    if changes.email is not None:
        values["email"] = check_email(changes.email)
    if changes.full_name is not None:
        values["full_name"] = _name(changes.full_name)
    if changes.is_active is not None:
        values["is_active"] = changes.is_active
    if changes.password is not None:
        values |= {
            "password_hash": await hash_password(changes.password),
            "failed_logins": 0,
            "locked_until": None,
        }
    async with services.db.begin() as conn:
        await _one_at_a_time(conn)
        try:
            async with conn.begin_nested():
                changed = await conn.execute(sa.update(users).where(u.id == user_id).values(values))
        except IntegrityError:
            raise _taken(str(values["email"])) from None
        if not changed.rowcount:
            raise NotFoundError(f"There is no user {user_id}.", code="USER_NOT_FOUND")
        if changes.roles is not None:
            await _assign(conn, actor, user_id, changes.roles)
        if changes.password is not None or changes.is_active is False:
            await conn.execute(
                sa.update(refresh_tokens)
                .where(refresh_tokens.c.user_id == user_id, refresh_tokens.c.revoked_at.is_(None))
                .values(revoked_at=sa.func.now())
            )
        await _some_admin_is_left(conn)
        return await fetch(conn, user_id)


async def delete(services: Services, actor: Actor, user_id: UUID) -> None:
    """Remove a user with all their documents, keys and webhooks.

    Raises:
        NotFoundError: There is none.
        ConflictError: Nobody could administer the server any more.
    """
    actor.require("users", "delete")
    async with services.db.begin() as conn:
        await _one_at_a_time(conn)
        await fetch(conn, user_id)
        statement = sa.delete(documents).where(documents.c.user_id == user_id)
        keys = (await conn.execute(statement.returning(documents.c.storage_key))).scalars().all()
        await conn.execute(sa.delete(users).where(u.id == user_id))
        await _some_admin_is_left(conn)
    for key in keys:
        await services.files.delete(key)


async def list_roles(services: Services, actor: Actor) -> list[dict[str, object]]:
    """Return the roles that there are."""
    actor.require("users", "read")
    columns = (roles.c.id, roles.c.name, roles.c.description, roles.c.permissions)
    async with services.db.connect() as conn:
        rows = (await conn.execute(sa.select(*columns).order_by(roles.c.name))).mappings().all()
    return [
        {**row, "permissions": as_json({key: frozenset(v) for key, v in row["permissions"].items()})}
        for row in rows
    ]


def check_email(email: str) -> str:
    """Return an address in lower case.

    Raises:
        InvalidRequestError: It is none.
    """
    if len(email) > MAX_EMAIL or not _EMAIL.fullmatch(email):
        raise invalid_field("email", "must be an e-mail address, such as ada@example.org.")
    return email.lower()


def _name(name: str | None) -> str | None:
    if name is not None:
        check_printable("full_name", name, most=MAX_NAME)
    return name


async def _assign(conn: AsyncConnection, actor: Actor, user_id: UUID, names: Sequence[str]) -> None:
    wanted = set(names)
    found = (await conn.execute(sa.select(roles.c.id, roles.c.name).where(roles.c.name.in_(wanted)))).all()
    unknown = wanted - {row.name for row in found}
    if unknown:
        known = (await conn.execute(sa.select(roles.c.name).order_by(roles.c.name))).scalars().all()
        raise invalid_field(
            "roles", f"there is no role {min(unknown)[:50]!r}. Known ones: {', '.join(known)}."
        )
    await conn.execute(
        sa.delete(user_roles).where(
            user_roles.c.user_id == user_id, user_roles.c.role_id.not_in([row.id for row in found])
        )
    )
    for row in found:
        await conn.execute(
            sa.text(
                "INSERT INTO user_roles (user_id, role_id, assigned_by) VALUES (:user, :role, :by)"
                " ON CONFLICT DO NOTHING"
            ),
            {"user": user_id, "role": row.id, "by": actor.user_id},
        )


async def _one_at_a_time(conn: AsyncConnection) -> None:
    """Keep two admins from taking the role from each other at the same moment."""
    await conn.execute(sa.select(roles.c.id).where(roles.c.name == ADMIN).with_for_update())


async def _some_admin_is_left(conn: AsyncConnection) -> None:
    joined = users.join(user_roles, user_roles.c.user_id == u.id).join(
        roles, roles.c.id == user_roles.c.role_id
    )
    admin = sa.select(sa.literal(1)).select_from(joined).where(roles.c.name == ADMIN, u.is_active).limit(1)
    if (await conn.execute(admin)).first() is None:
        raise ConflictError(
            "This is the last active administrator. Make somebody else one first.", code="LAST_ADMIN"
        )


def _taken(email: str) -> ConflictError:
    return ConflictError(f"There is a user {email} already.", code="USER_EMAIL_TAKEN")
