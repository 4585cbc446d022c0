"""Identifiers: UUIDs of version 7, so that sorting by id sorts by time (RFC 9562, section 5.7)."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0

_RANDOM_BITS = 62
_SEQUENCE_BITS = 12


def new_id() -> UUID:
    """Return a new id, greater than every id that this process made before.

    The 12 bits after the milliseconds hold the fraction of the millisecond (method 3 of section 6.2) and
    count on when the clock stands still or goes back.
    """
    global _last  # noqa: PLW0603 - one sequence per process is what makes the order strict
    now, rest = divmod(time.time_ns(), 1_000_000)
    stamp = now << _SEQUENCE_BITS | (rest << _SEQUENCE_BITS) // 1_000_000
    with _lock:
        _last = stamp = max(stamp, _last + 1)
    milliseconds, sequence = divmod(stamp, 1 << _SEQUENCE_BITS)
    random = int.from_bytes(os.urandom(8), "big") >> (64 - _RANDOM_BITS)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | sequence << 64 | 0b10 << _RANDOM_BITS | random)
