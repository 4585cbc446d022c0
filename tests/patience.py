"""How long tests wait before they call something lost: one factor for all of them.

Waiting longer costs nothing when all is well, so limits are those of a slow machine with other work. The
factor is ``ABLAGE_TEST_PATIENCE`` when set, and is measured otherwise: how much slower than a usual machine
this one computes, times how many processes wait for each of its cores.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: CPU seconds that `_compute` takes on a usual machine.
_USUAL: Final = 0.035


def _compute() -> int:
    return sum(number * number % 7 for number in range(500_000))


def _measured() -> float:
    begin = time.process_time()
    _compute()
    slowness = (time.process_time() - begin) / _USUAL
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(max(slowness, 1.0) * max(waiting, 1.0), 10.0)


#: Every limit is multiplied by this, at least 1.
PATIENCE: Final = max(1.0, float(os.environ.get("ABLAGE_TEST_PATIENCE") or _measured()))
# Workers and programs that tests start wait as long as the one that started them.
os.environ["ABLAGE_TEST_PATIENCE"] = f"{PATIENCE:.2f}"


def patient(seconds: float) -> float:
    """Return a limit for waiting, in seconds, given the one of an idle usual machine."""
    return seconds * PATIENCE


def until(look: Callable[[], T], what: str, *, timeout: float = 120) -> T:
    """Look until there is something to see, as `server_stub.testing.until` does, patiently."""
    from server_stub.testing import until as look_until  # noqa: PLC0415 - heavy, and not for every test

    return look_until(look, what, timeout=patient(timeout))
