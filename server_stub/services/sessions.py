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

from server_stub.errors import AuthenticationError, TooManyRequestsError
from server_stub.services.failed_logins import FREE_FAILURES, MAX_DELAY, whole_seconds
from server_stub.services.passwords import hash_password, needs_rehash, verify_password
from server_stub.services.tokens import ACCESS_TOKEN_LIFETIME, new_access_token
from server_stub.services.users import User, fetch
from server_stub.storage.queries import sessions as stored

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.storage.queries.sessions import Candidate

REFRESH_LIFETIME = timedelta(days=30)
#: Seconds after which a wrong password is answered, so that what the database did meanwhile does not show.
FAILED_AFTER = 0.2
_PREFIX = "rt_"


@dataclass(frozen=True, slots=True)
class Session:
    """What a login gives.

    Attributes:
        access_token: Names the user in requests.
        refresh_token: Good for one exchange for new tokens.
        user: Who logged in.
        lifetime: For how long the access token is good.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    user: User
    lifetime: timedelta = ACCESS_TOKEN_LIFETIME


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
        user = await _count_attempt(services, conn, email)
    hashed = user and user.password_hash
    if not await verify_password(hashed, password) or user is None or not hashed or not user.is_active:
        await asyncio.sleep(begun + FAILED_AFTER - time.monotonic())
        raise AuthenticationError("The address or the password is wrong.", code="AUTH_INVALID_CREDENTIALS")
    changed = {"password_hash": await hash_password(password)} if needs_rehash(hashed) else {}
    token = _PREFIX + secrets.token_urlsafe(32)
    family = uuid.uuid4()
    async with services.db.begin() as conn:
        await stored.forgive_attempts(conn, user.id, changed)
        await stored.keep_token(conn, user.id, family, _hash(token), REFRESH_LIFETIME)
        who = await fetch(conn, user.id)
    return Session(new_access_token(services.settings, user.id, family), token, who)


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
        known = await stored.lock_token(conn, _hash(token))
        if known is None or known.revoked_at is not None or not known.is_active:
            raise _ended()
        if known.expires_at <= datetime.now(UTC):
            raise AuthenticationError(
                "The refresh token has expired. Log in again.", code="AUTH_TOKEN_EXPIRED"
            )
        reused = False
        if known.used_at is None:
            await stored.use_token(conn, known.id)
            await stored.keep_token(conn, known.user_id, known.family_id, _hash(following), REFRESH_LIFETIME)
        elif not await stored.is_unused(conn, _hash(following)):  # the answer that brought it was not lost
            reused = True
            await stored.revoke_family(conn, known.family_id)
        who = await fetch(conn, known.user_id)
    if reused:  # raised out here: the revocation above must be committed
        raise _ended()
    return Session(new_access_token(services.settings, known.user_id, known.family_id), following, who)


async def logout(services: Services, actor: Actor | None, token: str | None) -> None:
    """End a session: that of the access token, and that of a refresh token. Unknown ones are ignored."""
    async with services.db.begin() as conn:
        if actor is not None and actor.credential.startswith("session:"):
            await stored.revoke_family(conn, uuid.UUID(actor.credential.removeprefix("session:")))
        if token is not None:
            family = await stored.family_of(conn, _hash(token))
            if family is not None:
                await stored.revoke_family(conn, family)


async def _count_attempt(services: Services, conn: AsyncConnection, email: str) -> Candidate | None:
    """Count an attempt to log in and return the user, ``None`` when there is none of this address.

    Raises:
        TooManyRequestsError: The address is locked at the moment.
    """
    user = await stored.count_attempt(conn, email, free=FREE_FAILURES, max_delay=MAX_DELAY)
    if user is None:
        until = await stored.locked_until(conn, email)
        wait = (
            services.unknown_addresses.count_attempt(email)
            if until is None
            else whole_seconds((until - datetime.now(UTC)).total_seconds())
        )
        if wait is not None:
            raise TooManyRequestsError(f"Too many failed logins. Wait {wait} s and try again.", wait=wait)
    return user


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
