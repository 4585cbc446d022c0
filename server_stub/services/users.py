"""Users and their roles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from server_stub.errors import ConflictError, NotFoundError, invalid_field
from server_stub.services import paging
from server_stub.services.access import ADMIN, USER, Actor, as_json, effective_permissions
from server_stub.services.idempotency import once
from server_stub.services.passwords import hash_password
from server_stub.services.printable import check_printable
from server_stub.storage import ids
from server_stub.storage.queries import users as stored
from server_stub.storage.queries.users import Taken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.context import Services
    from server_stub.services.idempotency import Claim

#: A user as they are answered.
User: TypeAlias = "dict[str, object]"

MAX_EMAIL = 255
MAX_NAME = 255
# Deliberately no more: an archive in an intranet has addresses that no public rule knows.
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,190}")


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What to change about a user; what is ``None`` stays."""

    email: str | None = None
    password: str | None = None
    full_name: str | None = None
    roles: Sequence[str] | None = None
    is_active: bool | None = None


def as_user(row: RowMapping) -> User:
    """Turn a row into a user."""
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
    row = await stored.find(conn, user_id)
    if row is None:
        raise _no_user(user_id)
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


async def find(services: Services, actor: Actor, email: str) -> UUID:
    """Return the id of the user with an address.

    Raises:
        NotFoundError: There is none.
    """
    actor.require("users", "read")
    async with services.db.connect() as conn:
        found = await stored.by_email(conn, email)
    if found is None:
        raise _no_user(email)
    return found


async def acting_as(conn: AsyncConnection, user_id: UUID) -> Actor:
    """Return a user as somebody who acts: an operator lends them a hand.

    Raises:
        NotFoundError: There is none.
    """
    row = await stored.find(conn, user_id)
    if row is None:
        raise _no_user(user_id)
    permissions = effective_permissions(row["granted"], None)
    return Actor(user_id, row["email"], tuple(row["roles"]), permissions, "operator")


async def list_users(services: Services, actor: Actor, window: paging.Window) -> paging.Listing[User]:
    """Return users, the newest first."""
    actor.require("users", "read")
    async with services.db.connect() as conn:
        return await paging.read(conn, stored.listed(), window, "users", as_user)


async def list_all(services: Services, actor: Actor) -> list[dict[str, object]]:
    """Return all users, the oldest first."""
    actor.require("users", "read")
    async with services.db.connect() as conn:
        return await stored.everyone(conn)


async def create(
    services: Services, actor: Actor, new: UserChanges, claim: Claim[User] | None = None
) -> User:
    """Create a user; without roles they get ``user``.

    Args:
        services: The running server.
        actor: Who asks.
        new: The user.
        claim: To have it done once.

    Raises:
        ConflictError: The address is taken.
        InvalidRequestError: A value is wrong.
    """
    actor.require("users", "create")
    hashed = await hash_password(new.password or "")

    async def work(conn: AsyncConnection) -> User:
        return await add(conn, new, hashed, by=await _name_of(conn, actor))

    return await once(services, actor, claim, work)


async def add(conn: AsyncConnection, new: UserChanges, hashed: str | None, *, by: UUID | None) -> User:
    """Create a user in the caller's transaction.

    Args:
        conn: The transaction.
        new: The user; without roles they get ``user``.
        hashed: The hash of their password; without, they cannot log in.
        by: Who gives them their roles.

    Raises:
        ConflictError: The address is taken.
        InvalidRequestError: A value is wrong.
    """
    user_id = ids.new_id()
    email = check_email(new.email or "")
    values = {
        "id": user_id,
        "email": email,
        "full_name": _name(new.full_name),
        "password_hash": hashed,
        "is_active": new.is_active is not False,
    }
    try:
        await stored.insert(conn, values)
    except Taken:
        raise _taken(email) from None
    await _assign(conn, user_id, [USER] if new.roles is None else new.roles, by=by)
    return await fetch(conn, user_id)


async def update(services: Services, actor: Actor, user_id: UUID, changes: UserChanges) -> User:
    """Change a user. A new password, and being switched off, end their sessions.

    Raises:
        NotFoundError: There is none.
        ConflictError: The address is taken, or nobody could administer the server any more.
        InvalidRequestError: A value is wrong.
    """
    actor.require("users", "update")
    values: dict[str, object] = {}
    if changes.email is not None:
        values["email"] = check_email(changes.email)
    if changes.full_name is not None:
        values["full_name"] = _name(changes.full_name)
    if changes.is_active is not None:
        values["is_active"] = changes.is_active
    if changes.password is not None:
        hashed = await hash_password(changes.password)
        values |= {"password_hash": hashed, "failed_logins": 0, "locked_until": None}
    async with services.db.begin() as conn:
        # One at a time: two admins must not take the role from each other at the same moment.
        await stored.lock_role(conn, ADMIN)
        try:
            if not await stored.change(conn, user_id, values):
                raise _no_user(user_id)
        except Taken:
            raise _taken(str(values["email"])) from None
        if changes.roles is not None:
            await _assign(conn, user_id, changes.roles, by=await _name_of(conn, actor))
        if changes.password is not None or changes.is_active is False:
            await stored.end_sessions(conn, user_id)
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
        await stored.lock_role(conn, ADMIN)
        await fetch(conn, user_id)
        files = await stored.delete(conn, user_id)
        await _some_admin_is_left(conn)
    for key in files:
        await services.files.delete(key)


async def list_roles(services: Services, actor: Actor) -> list[dict[str, object]]:
    """Return the roles that there are."""
    actor.require("users", "read")
    async with services.db.connect() as conn:
        roles = await stored.all_roles(conn)
    return [
        role._asdict() | {"permissions": as_json({key: frozenset(v) for key, v in role.permissions.items()})}
        for role in roles
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


async def _assign(conn: AsyncConnection, user_id: UUID, names: Sequence[str], *, by: UUID | None) -> None:
    known = {role.name: role.id for role in await stored.all_roles(conn)}
    unknown = set(names) - known.keys()
    if unknown:
        raise invalid_field(
            "roles", f"there is no role {min(unknown)[:50]!r}. Known ones: {', '.join(known)}."
        )
    await stored.assign(conn, user_id, [known[name] for name in dict.fromkeys(names)], by=by)


async def _name_of(conn: AsyncConnection, actor: Actor) -> UUID:
    """Return in whose name something is written down: an operator's in that of the first administrator."""
    if not actor.is_operator:
        return actor.user_id
    found = await stored.first_with_role(conn, ADMIN)
    if found is None:
        raise NotFoundError("There is no administrator yet. Start the server once: it makes the first one.")
    return found


async def _some_admin_is_left(conn: AsyncConnection) -> None:
    if await stored.first_with_role(conn, ADMIN, active=True) is None:
        raise ConflictError(
            "This is the last active administrator. Make somebody else one first.", code="LAST_ADMIN"
        )


def _no_user(who: object) -> NotFoundError:
    return NotFoundError(f"There is no user {who}.", code="USER_NOT_FOUND")


def _taken(email: str) -> ConflictError:
    return ConflictError(f"There is a user {email} already.", code="USER_EMAIL_TAKEN")
