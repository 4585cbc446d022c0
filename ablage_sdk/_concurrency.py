"""The few things that differ between blocking and asynchronous code, side by side.

`AsyncRuntime` works on asyncio and on trio; `SyncRuntime` has the same names for threads.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import anyio

__all__ = ["AsyncRuntime", "SyncRuntime", "current_loop"]

P = ParamSpec("P")
T = TypeVar("T")


def current_loop() -> object:
    """Return what stands for the running event loop, of asyncio or trio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        trio = sys.modules.get("trio")
        if trio is None:
            raise
        token: object = trio.lowlevel.current_trio_token()
        return token


class AsyncRuntime:
    """Waiting, locking and blocking calls in an event loop."""

    @staticmethod
    async def sleep(seconds: float) -> None:
        """Wait."""
        import anyio  # noqa: PLC0415 - the SDK is importable without paying for it

        await anyio.sleep(seconds)

    @staticmethod
    async def call_blocking(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that blocks, in a thread."""
        from functools import partial  # noqa: PLC0415

        from anyio.to_thread import run_sync  # noqa: PLC0415

        return await run_sync(partial(function, *args, **kwargs))

    @staticmethod
    def lock() -> anyio.Lock:
        """Return a lock for the tasks of the running loop."""
        import anyio  # noqa: PLC0415

        return anyio.Lock()


class SyncRuntime:
    """The same for threads."""

    @staticmethod
    def sleep(seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    @staticmethod
    def call_blocking(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that blocks."""
        return function(*args, **kwargs)

    @staticmethod
    def lock() -> threading.Lock:
        """Return a lock for threads."""
        return threading.Lock()
