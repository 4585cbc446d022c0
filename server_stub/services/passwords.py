"""Passwords: argon2id, computed in threads, few at a time."""

from __future__ import annotations

from functools import cache

import anyio.to_thread
from anyio import CapacityLimiter
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server_stub.errors import invalid_field

MIN_LENGTH = 8
MAX_LENGTH = 256
#: Each computation takes 64 MB for some 50 ms: more at once would only push the others out.
AT_ONCE = 4

_hasher = PasswordHasher()


@cache
def _limiter() -> CapacityLimiter:
    return CapacityLimiter(AT_ONCE)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody")


async def hash_password(password: str) -> str:
    """Return the argon2id hash of a password.

    Raises:
        InvalidRequestError: It is too short or too long.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise invalid_field("password", f"must have {MIN_LENGTH} to {MAX_LENGTH} characters.")
    return await anyio.to_thread.run_sync(_hasher.hash, password, limiter=_limiter())


async def verify_password(hashed: str | None, password: str) -> bool:
    """Compare a password with a hash; without a hash it takes as long and fails."""

    def verify() -> bool:
        try:
            _hasher.verify(hashed or _nobodys_hash(), password)
        except (VerificationError, InvalidHashError):
            return False
        return hashed is not None

    if len(password) > MAX_LENGTH:
        return False
    return await anyio.to_thread.run_sync(verify, limiter=_limiter())


def needs_rehash(hashed: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(hashed)
