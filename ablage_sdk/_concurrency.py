"""The few things that differ between blocking and asynchronous code, side by side.

`AsyncRuntime` works on asyncio and on trio; `SyncRuntime` has the same names for threads.
"""

from __future__ import annotations

import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import anyio

__all__ = ["AsyncMutex", "AsyncRuntime", "SyncMutex", "SyncRuntime", "current_loop"]

P = ParamSpec("P")
T = TypeVar("T")


def current_loop() -> object:
    """Return what stands for the running event loop, of asyncio or trio."""
    import asyncio  # noqa: PLC0415 - the synchronous client does without

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        trio = sys.modules.get("trio")
        if trio is None:
            raise
        token: object = trio.lowlevel.current_trio_token()
        return token


class AsyncMutex:
    """Lets one task at a time pass, whichever event loop and thread it runs in."""

    def __init__(self) -> None:
        self._between_loops = threading.Lock()
        self._in_loop: weakref.WeakKeyDictionary[object, anyio.Lock] = weakref.WeakKeyDictionary()

    async def __aenter__(self) -> None:
        import anyio  # noqa: PLC0415

        lock = self._in_loop.setdefault(current_loop(), anyio.Lock())
        await lock.acquire()
        try:
            if not self._between_loops.acquire(blocking=False):
                await AsyncRuntime.call_blocking(self._between_loops.acquire)
        except BaseException:
            lock.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._between_loops.release()
        self._in_loop[current_loop()].release()


class SyncMutex:
    """Lets one thread at a time pass."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


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
