"""API keys as secrets: made, recognised, stored as hashes only."""

from __future__ import annotations

import hashlib
import re
import secrets

LIVE, TEST = "ak_live_", "ak_test_"
PREFIX_CHARS = 16
_ENTROPY_BYTES = 32
_SHAPE = re.compile(r"ak_(?:live|test)_[A-Za-z0-9_-]{1,200}")


def new_key() -> str:
    """Return a new API key with 256 bits of entropy."""
    return LIVE + secrets.token_urlsafe(_ENTROPY_BYTES)


def looks_like_key(credential: str) -> bool:
    """Tell an API key from a JWT."""
    return _SHAPE.fullmatch(credential) is not None


def key_hash(key: str) -> str:
    """Return what is stored of a key. It has too much entropy to be guessed, so one SHA-256 is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_prefix(key: str) -> str:
    """Return the beginning by which people recognise a key."""
    return key[:PREFIX_CHARS]
