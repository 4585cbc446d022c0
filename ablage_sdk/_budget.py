"""A bound on how much retries can add to the load of a server that is down."""

from __future__ import annotations

import threading

__all__ = ["RetryBudget"]


class RetryBudget:
    """A token bucket: a retry takes a token, a success gives a part of one back.

    In an outage nothing succeeds, so all calls of a client together send at most ``reserve`` retries;
    in a partial one, retries stay below ``ratio`` of what succeeds.

    Args:
        ratio: Tokens given back per success; ``None`` switches the bound off.
        reserve: Tokens at the start, and the most there can be.
    """

    def __init__(self, ratio: float | None = 0.1, reserve: float = 10.0) -> None:
        self.ratio = ratio
        self.reserve = reserve
        self._tokens = reserve
        self._lock = threading.Lock()

    def success(self) -> None:
        """Note that a request succeeded."""
        # Almost always full: no lock for the common case.
        if self.ratio is not None and self._tokens < self.reserve:
            with self._lock:
                self._tokens = min(self.reserve, self._tokens + self.ratio)

    def take(self) -> bool:
        """Take a token for a retry; tell whether there was one."""
        if self.ratio is None:
            return True
        with self._lock:
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
