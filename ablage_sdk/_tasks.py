"""Work in the background: tasks of an event loop and threads, side by side.

Tasks are not bound to a task group: a generator that starts them may be abandoned at any point and is then
closed by the event loop, from another task, which a task group does not survive.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import anyio

__all__ = ["AsyncFinished", "AsyncTask", "SyncFinished", "SyncTask"]

T = TypeVar("T")


class AsyncTask(Generic[T]):
    """Runs a function in a task of its own, on asyncio or trio.

    Args:
        function: What to run.
        finished: Told when it is done.
    """

    def __init__(
        self, function: Callable[[], Awaitable[T]], finished: AsyncFinished[T] | None = None
    ) -> None:
        import anyio  # noqa: PLC0415 - the SDK is importable without paying for it

        self._function = function
        self._finished = finished
        self._scope = anyio.CancelScope()
        self._done = anyio.Event()
        self._value: T | None = None
        self._error: BaseException | None = None
        self._task: Any = _start(self._run)

    async def _run(self) -> None:
        try:
            with self._scope:
                self._value = await self._function()
        except Exception as exc:  # noqa: BLE001 - given to whoever asks for the result
            self._error = exc
        finally:
            self._done.set()
            if self._finished is not None:
                self._finished.put(self)

    async def result(self) -> T:
        """Wait until it is done, and return or raise what came out of it."""
        await self._done.wait()
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # set unless there was an error

    def cancel(self) -> None:
        """Stop it; its result is not wanted any more."""
        self._scope.cancel()


def _start(function: Callable[[], Any]) -> object:
    import asyncio  # noqa: PLC0415

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        task: object = sys.modules["trio"].lowlevel.spawn_system_task(function)
        return task
    return loop.create_task(function())


class AsyncFinished(Generic[T]):
    """Tasks that are done, first done first."""

    def __init__(self) -> None:
        self._tasks: deque[AsyncTask[T]] = deque()
        self._news: anyio.Event | None = None

    def put(self, task: AsyncTask[T]) -> None:
        """Add a task."""
        self._tasks.append(task)
        if self._news is not None:
            self._news.set()

    async def get(self) -> AsyncTask[T]:
        """Wait for the next one."""
        import anyio  # noqa: PLC0415

        while not self._tasks:
            self._news = anyio.Event()
            await self._news.wait()
        return self._tasks.popleft()


class SyncTask(Generic[T]):
    """Runs a function in a thread of its own.

    Args:
        function: What to run.
        finished: Told when it is done.
    """

    def __init__(self, function: Callable[[], T], finished: SyncFinished[T] | None = None) -> None:
        self._function = function
        self._finished = finished
        self._value: T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="ablage-sdk", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._function()
        except BaseException as exc:  # noqa: BLE001 - given to whoever asks for the result
            self._error = exc
        finally:
            if self._finished is not None:
                self._finished.put(self)

    def result(self) -> T:
        """Wait until it is done, and return or raise what came out of it."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # set unless there was an error

    def cancel(self) -> None:
        """Do nothing: a thread cannot be stopped; its result is dropped."""


class SyncFinished(Generic[T]):
    """Tasks that are done, first done first."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[SyncTask[T]] = queue.SimpleQueue()

    def put(self, task: SyncTask[T]) -> None:
        """Add a task."""
        self._tasks.put(task)

    def get(self) -> SyncTask[T]:
        """Wait for the next one."""
        return self._tasks.get()
