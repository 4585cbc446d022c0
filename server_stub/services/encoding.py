"""JSON as the server speaks it: UTC times with ``Z``, decimals as numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

import orjson

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def dumps(value: object) -> bytes:
    """Encode a value of Python's types (``UUID``, ``datetime``, ``Decimal`` included) as JSON."""
    return orjson.dumps(value, default=_other, option=_OPTIONS)


def plain(value: object) -> object:
    """Return the value in JSON's own types, as it would arrive at a reader."""
    return cast("object", orjson.loads(dumps(value)))


def time(value: datetime) -> str:
    """Return an RFC 3339 time in UTC, to the microsecond."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _other(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, UUID):  # asyncpg's are of a subclass
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
