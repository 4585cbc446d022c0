"""Logging in: passwords for tokens, with a lock-out, rotation and reuse detection.

A login begins a family of refresh tokens. Each is good for one use, which gives the next; a second use means
that somebody copied it, and ends the whole family. Access tokens name their family and end with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.errors import AuthenticationError, TooManyRequestsError
from server_stub.services.passwords import hash_password, needs_rehash, verify_password
from server_stub.services.strangers import FREE_FAILURES, MAX_DELAY, waiting
from server_stub.services.tokens import ACCESS_TOKEN_LIFETIME, new_access_token
from server_stub.services.users import User, fetch
from server_stub.storage import ids
from server_stub.storage.tables import refresh_tokens, users

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Actor
    from server_stub.services.context import Services

u = users.c
t = refresh_tokens.c

REFRESH_LIFETIME = timedelta(days=30)
#: Seconds after which a wrong password is answered, so that what the database did meanwhile does not show.
FAILED_AFTER = 0.2
_PREFIX = "rt_"


@dataclass(frozen=True, slots=True)
class Session:
    """What a login gives."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    user: User

    def as_json(self) -> dict[str, object]:
        """Return what ``POST /auth/login`` answers, the user in the shape of v2."""
        return {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "token_type": "bearer",
            "expires_in": int(ACCESS_TOKEN_LIFETIME.total_seconds()),
            "user": self.user,
        }


async def login(services: Services, email: str, password: str) -> Session:
    """Exchange a password for tokens.

    The attempt is counted before the password is looked at, so that many at once gain nothing. An address
    that no user has is treated alike, in what is answered and in the time that it takes.

    Raises:
        AuthenticationError: Wrong address or password, or the user is switched off.
        TooManyRequestsError: Too many wrong passwords; its ``wait`` says for how long to pause.
    """
    begun = time.monotonic()
    async with services.db.begin() as conn:
        row = await _count_attempt(services, conn, email)
    if not await verify_password(row and row.password_hash, password) or row is None or not row.is_active:
        await asyncio.sleep(begun + FAILED_AFTER - time.monotonic())
        raise AuthenticationError("The address or the password is wrong.", code="AUTH_INVALID_CREDENTIALS")
    values: dict[str, object] = {"failed_logins": 0, "locked_until": None}
    if needs_rehash(row.password_hash):
        values["password_hash"] = await hash_password(password)
    async with services.db.begin() as conn:
        await conn.execute(sa.update(users).where(u.id == row.id).values(values))
        token = _PREFIX + secrets.token_urlsafe(32)
        family = uuid.uuid4()
        await _keep(conn, row.id, family, token)
        user = await fetch(conn, row.id)
    return Session(new_access_token(services.settings, row.id, family), token, user)


async def refresh(services: Services, token: str, idempotency_key: str | None = None) -> Session:
    """Exchange a refresh token for new tokens.

    Args:
        services: The running server.
        token: The refresh token; it is used up.
        idempotency_key: When the answer got lost, the same token with the same key gives it again: the next
            token is computed from both, and a thief does not know the key.

    Raises:
        AuthenticationError: Unknown, expired, revoked, or used before.
    """
    following = _following(services, token, idempotency_key)
    async with services.db.begin() as conn:
        statement = sa.select(
            t.id, t.user_id, t.family_id, t.expires_at, t.used_at, t.revoked_at, u.is_active
        )
        joined = refresh_tokens.join(users, u.id == t.user_id)
        row = (
            await conn.execute(
                statement.select_from(joined)
                .where(t.token_hash == _hash(token))
                .with_for_update(of=refresh_tokens)
            )
        ).one_or_none()
        if row is None or row.revoked_at is not None or not row.is_active:
            raise _ended()
        if row.expires_at <= datetime.now(UTC):
            raise AuthenticationError(
                "The refresh token has expired. Log in again.", code="AUTH_TOKEN_EXPIRED"
            )
        if row.used_at is None:
            await conn.execute(sa.update(refresh_tokens).where(t.id == row.id).values(used_at=sa.func.now()))
            await _keep(conn, row.user_id, row.family_id, following)
            reused = False
        else:
            reused = not await _is_fresh(conn, following)
            if reused:
                await _revoke(conn, row.family_id)
        user = await fetch(conn, row.user_id)
    if reused:  # raised out here: the revocation above must be committed
        raise _ended()
    return Session(new_access_token(services.settings, row.user_id, row.family_id), following, user)


async def logout(services: Services, actor: Actor | None, token: str | None) -> None:
    """End a session: that of the access token, and that of a refresh token. Unknown ones are ignored."""
    async with services.db.begin() as conn:
        if actor is not None and actor.credential.startswith("session:"):
            await _revoke(conn, uuid.UUID(actor.credential.removeprefix("session:")))
        if token is not None:
            family = await conn.scalar(sa.select(t.family_id).where(t.token_hash == _hash(token)))
            if family is not None:
                await _revoke(conn, family)


async def _count_attempt(
    services: Services, conn: AsyncConnection, email: str
) -> sa.Row[tuple[UUID, str | None, bool]] | None:
    """Count an attempt to log in and return the user, ``None`` when there is none of this address.

    Raises:
        TooManyRequestsError: The address is locked at the moment.
    """
    found = (
        sa.select(u.id)
        .where(u.email.in_((email, email.lower())))
        .order_by((u.email == email).desc())
        .limit(1)
    )
    over = u.failed_logins + 1 - FREE_FAILURES
    delay = sa.func.least(MAX_DELAY, sa.func.power(2, sa.func.least(over, 20)))
    statement = (
        sa.update(users)
        .where(
            u.id == found.scalar_subquery(), sa.or_(u.locked_until.is_(None), u.locked_until <= sa.func.now())
        )
        .values(
            failed_logins=u.failed_logins + 1,
            locked_until=sa.case(
                (over > 0, sa.func.now() + delay * sa.text("interval '1 second'")), else_=None
            ),
        )
        .returning(u.id, u.password_hash, u.is_active)
    )
    row = (await conn.execute(statement)).one_or_none()
    if row is None:
        until = await conn.scalar(sa.select(u.locked_until).where(u.id == found.scalar_subquery()))
        wait = (
            services.strangers.count_attempt(email)
            if until is None
            else waiting((until - datetime.now(UTC)).total_seconds())
        )
        if wait is not None:
            raise TooManyRequestsError(
                f"Too many failed logins. Wait {wait} s and try again.",
                code="AUTH_LOCKED",
                wait=wait,
            )
    return row


async def _keep(conn: AsyncConnection, user_id: UUID, family: UUID, token: str) -> None:
    await conn.execute(
        sa.insert(refresh_tokens).values(
            id=ids.new_id(),
            user_id=user_id,
            family_id=family,
            token_hash=_hash(token),
            expires_at=sa.func.now() + REFRESH_LIFETIME,
        )
    )


async def _is_fresh(conn: AsyncConnection, token: str) -> bool:
    """Tell whether a token is there and was not used: the answer that brought it may have got lost."""
    used = (await conn.execute(sa.select(t.used_at).where(t.token_hash == _hash(token)))).one_or_none()
    return used is not None and used[0] is None


async def _revoke(conn: AsyncConnection, family: UUID) -> None:
    await conn.execute(
        sa.update(refresh_tokens)
        .where(t.family_id == family, t.revoked_at.is_(None))
        .values(revoked_at=sa.func.now())
    )


def _following(services: Services, token: str, idempotency_key: str | None) -> str:
    if idempotency_key is None:
        return _PREFIX + secrets.token_urlsafe(32)
    secret = services.settings.secret_key.get_secret_value().encode()
    text = f"refresh\0{token}\0{idempotency_key}".encode()
    return _PREFIX + urlsafe_b64encode(hmac.digest(secret, text, hashlib.sha256)).decode().rstrip("=")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _ended() -> AuthenticationError:
    return AuthenticationError(
        "The refresh token is unknown, revoked, or was used before. Log in again.", code="AUTH_TOKEN_INVALID"
    )
