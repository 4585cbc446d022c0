"""``Prefer: wait`` (RFC 7240), and the end of a wait when the client is gone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")

MAX_WAIT = 60
_WAIT = re.compile(r'wait\s*=\s*"?(\d{1,9})"?', re.IGNORECASE)


def wait_seconds(header: str | None) -> int | None:
    """Return how long a client wants to wait, at most `MAX_WAIT` seconds; ``None`` when it does not."""
    for preference in (header or "").split(","):
        match = _WAIT.fullmatch(preference.partition(";")[0].strip())
        if match:
            return min(int(match[1]), MAX_WAIT)
    return None


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Return the outcome of some work; stop it when the client hangs up first.

    Raises:
        ClientDisconnect: The client is gone.
    """
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        for one in (task, watch):
            one.cancel()
        await asyncio.gather(task, watch, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
