"""Coroutines from synchronous code."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

_LOOK_EVERY_SECONDS = 0.2


def run_async(work: Coroutine[object, object, T]) -> T:
    """Run a coroutine to its end, from wherever we are: Alembic calls revisions inside an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    caller = asyncio.current_task()

    async def watched() -> T:
        task = asyncio.ensure_future(work)
        while not (await asyncio.wait([task], timeout=_LOOK_EVERY_SECONDS))[0]:
            # Ctrl-C reaches the caller's loop, which waits here and cannot pass it on.
            if caller is not None and caller.cancelling():
                task.cancel()
        return task.result()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, watched()).result()
