"""Waiting for something to become true."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def until(look: Callable[[], T], what: str, *, timeout: float = 120) -> T:
    """Look again and again until there is something to see, and return it.

    Args:
        look: Called every 50 ms.
        what: What is waited for, for the error: ``"the document is completed"``.
        timeout: Seconds; generous, for it costs nothing when all is well.

    Raises:
        TimeoutError: If it did not come true.
    """
    end = time.monotonic() + timeout
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"Not within {timeout:g} s: {what}. Last seen: {found!r}")
        time.sleep(0.05)
