"""Logins: attempts, which users have, and refresh tokens, of which each login begins a family."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from server_stub.storage import ids
from server_stub.storage.tables import refresh_tokens, users

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

u = users.c
t = refresh_tokens.c


class Candidate(NamedTuple):
    """A user whose address somebody gave to log in."""

    id: UUID
    password_hash: str | None
    is_active: bool


class Token(NamedTuple):
    """A refresh token, and whether its user is active."""

    id: UUID
    user_id: UUID
    family_id: UUID
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    is_active: bool


async def count_attempt(conn: AsyncConnection, email: str, *, free: int, max_delay: int) -> Candidate | None:
    """Count an attempt to log in.

    Args:
        conn: The connection.
        email: The address that was given.
        free: So many attempts are free; each one after that locks the address for twice as long.
        max_delay: For how many seconds at most.

    Returns:
        The user; ``None`` when nobody has this address, or it is locked at the moment.
    """
    over = u.failed_logins + 1 - free
    delay = sa.func.least(max_delay, sa.func.power(2, sa.func.least(over, 20)))
    statement = (
        sa.update(users)
        .where(u.id == _by_address(email), sa.or_(u.locked_until.is_(None), u.locked_until <= sa.func.now()))
        .values(
            failed_logins=u.failed_logins + 1,
            locked_until=sa.case(
                (over > 0, sa.func.now() + delay * sa.text("interval '1 second'")), else_=None
            ),
        )
        .returning(u.id, u.password_hash, u.is_active)
    )
    row = (await conn.execute(statement)).one_or_none()
    return None if row is None else Candidate(*row)


async def locked_until(conn: AsyncConnection, email: str) -> datetime | None:
    """Return until when a user's address is locked."""
    until: datetime | None = await conn.scalar(sa.select(u.locked_until).where(u.id == _by_address(email)))
    return until


async def forgive_attempts(conn: AsyncConnection, user_id: UUID, values: Mapping[str, object]) -> None:
    """Forget the attempts of a user who logged in, and change further columns."""
    statement = sa.update(users).where(u.id == user_id)
    await conn.execute(statement.values(failed_logins=0, locked_until=None, **values))


async def keep_token(
    conn: AsyncConnection, user_id: UUID, family_id: UUID, token_hash: str, lifetime: timedelta
) -> None:
    """Store a refresh token."""
    await conn.execute(
        sa.insert(refresh_tokens).values(
            id=ids.new_id(),
            user_id=user_id,
            family_id=family_id,
            token_hash=token_hash,
            expires_at=sa.func.now() + lifetime,
        )
    )


async def lock_token(conn: AsyncConnection, token_hash: str) -> Token | None:
    """Return a refresh token, locked until the end of the transaction."""
    statement = (
        sa.select(t.id, t.user_id, t.family_id, t.expires_at, t.used_at, t.revoked_at, u.is_active)
        .select_from(refresh_tokens.join(users, u.id == t.user_id))
        .where(t.token_hash == token_hash)
        .with_for_update(of=refresh_tokens)
    )
    row = (await conn.execute(statement)).one_or_none()
    return None if row is None else Token(*row)


async def use_token(conn: AsyncConnection, token_id: UUID) -> None:
    """Note that a refresh token was used."""
    await conn.execute(sa.update(refresh_tokens).where(t.id == token_id).values(used_at=sa.func.now()))


async def is_unused(conn: AsyncConnection, token_hash: str) -> bool:
    """Tell whether a refresh token is there and was not used."""
    row = (await conn.execute(sa.select(t.used_at).where(t.token_hash == token_hash))).one_or_none()
    return row is not None and row[0] is None


async def family_of(conn: AsyncConnection, token_hash: str) -> UUID | None:
    """Return the family of a refresh token."""
    family: UUID | None = await conn.scalar(sa.select(t.family_id).where(t.token_hash == token_hash))
    return family


async def revoke_family(conn: AsyncConnection, family_id: UUID) -> None:
    """Make all tokens of a login useless."""
    statement = sa.update(refresh_tokens).where(t.family_id == family_id, t.revoked_at.is_(None))
    await conn.execute(statement.values(revoked_at=sa.func.now()))


def _by_address(email: str) -> sa.ScalarSelect[UUID]:
    """Return the id of the user of an address: as it is, else in lower case."""
    return (
        sa.select(u.id)
        .where(u.email.in_((email, email.lower())))
        .order_by((u.email == email).desc())
        .limit(1)
        .scalar_subquery()
    )


async def delete_old(conn: AsyncConnection) -> None:
    """Delete the refresh tokens that ended a day ago."""
    await conn.execute(sa.delete(refresh_tokens).where(t.expires_at < sa.func.now() - timedelta(days=1)))
