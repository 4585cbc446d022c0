"""Failed logins under addresses that nobody has: counted as those of users are, so that neither tells itself.

Users are counted in the database, for all servers together. Here each process counts for itself, and forgets
the addresses that were tried the longest ago.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

#: So many wrong passwords are free; each one after that doubles the wait.
FREE_FAILURES = 5
#: Seconds.
MAX_DELAY = 900
#: Addresses that are remembered, at some 250 bytes each.
REMEMBERED = 50_000


class Failures(NamedTuple):
    """What is known of an address.

    Attributes:
        failed: How often.
        locked_until: When the next one is looked at, on the clock of `time.monotonic`.
    """

    failed: int = 0
    locked_until: float = 0.0


@dataclass(slots=True)
class UnknownAddresses:
    """Counts failed logins under addresses that no user has."""

    _failures: OrderedDict[bytes, Failures] = field(default_factory=OrderedDict)

    def count_attempt(self, address: str) -> int | None:
        """Count an attempt.

        Returns:
            Whole seconds to wait when the address is locked, ``None`` when it is not.
        """
        now = time.monotonic()
        key = hashlib.blake2b(address.lower().encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._failures.pop(key, Failures())
        if known.locked_until > now:
            self._failures[key] = known
            return whole_seconds(known.locked_until - now)
        count = known.failed + 1
        over = count - FREE_FAILURES
        self._failures[key] = Failures(count, now + min(MAX_DELAY, 2 ** min(over, 20)) if over > 0 else 0.0)
        if len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)
        return None

    def clear(self) -> None:
        """Forget all addresses."""
        self._failures.clear()


def whole_seconds(seconds: float) -> int:
    """Return the whole seconds to tell somebody who is locked out."""
    return max(1, int(seconds) + 1)
