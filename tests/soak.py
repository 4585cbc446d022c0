"""How often the long proofs repeat themselves: a few times with every change, many times for `make soak`."""

from __future__ import annotations

import os

#: Whether this run is the long one: ``ABLAGE_SOAK=1``, as `make soak` sets it.
SOAKING = os.environ.get("ABLAGE_SOAK", "") not in {"", "0"}


def rounds(*, usual: int, soak: int) -> int:
    """Return how many rounds a proof takes: ``usual`` with every change, ``soak`` in `make soak`."""
    return soak if SOAKING else usual
