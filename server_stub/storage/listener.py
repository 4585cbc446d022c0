"""LISTEN/NOTIFY: one connection per process, any number of waiters."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING

import asyncpg

from server_stub.observability.logs import get_logger
from server_stub.storage.database import connect_raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import URL

log = get_logger(__name__)

#: Seconds between two attempts to get the connection back, and between two checks that it lives.
RECONNECT_AFTER = 0.5
CHECK_EVERY = 10


class Subscription:
    """Waits for one payload on one channel."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._released = False

    def wake(self) -> None:
        """End the wait."""
        self._event.set()

    def release(self) -> None:
        """End this wait and every later one as if the time were up."""
        self._released = True
        self._event.set()

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - part of its meaning
        """Wait for a notification since the last wait.

        Args:
            timeout: Seconds.

        Returns:
            False when the time was up. True may also mean that the connection was lost meanwhile, so
            whoever waits looks at the database again.
        """
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            return False
        if self._released:
            return False
        self._event.clear()
        return True


class Listener:
    """Notifications of one database.

    Args:
        url: The address of the database.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self._waiting: defaultdict[tuple[str, str | None], set[Subscription]] = defaultdict(set)
        self._channels: set[str] = set()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._released = False

    async def start(self, *channels: str) -> None:
        """Connect, and listen on channels; returns when notifications arrive.

        Args:
            channels: All channels that anybody will subscribe to.
        """
        self._channels = set(channels)
        self._task = asyncio.create_task(self._run(), name="listener")
        await self._connected.wait()

    async def stop(self) -> None:
        """Disconnect; nobody waits any longer."""
        self.release()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def release(self) -> None:
        """End all waits, present and future, as if their time were up: the server is about to stop."""
        self._released = True
        for subscription in self._subscriptions():
            subscription.release()

    @contextlib.contextmanager
    def subscribe(self, channel: str, payload: str | None = None) -> Iterator[Subscription]:
        """Wait for a payload on a channel; ``None`` means any.

        Subscribe first, then read the state, then wait: a change between the two wakes the wait.
        """
        subscription = Subscription()
        if self._released:
            subscription.release()
        key = (channel, payload)
        self._waiting[key].add(subscription)
        try:
            yield subscription
        finally:
            self._waiting[key].discard(subscription)
            if not self._waiting[key]:
                del self._waiting[key]

    @contextlib.contextmanager
    def watch(self, channel: str, callback: Callable[[str | None], None]) -> Iterator[None]:
        """Call a function with every payload on a channel, and with ``None`` after a gap."""
        watcher = _Watcher(callback)
        self._waiting[channel, None].add(watcher)
        try:
            yield
        finally:
            self._waiting[channel, None].discard(watcher)

    async def _run(self) -> None:
        while True:
            try:
                self._connection = await connect_raw(self._url, application_name="ablage-listener")
                lost = asyncio.Event()
                self._connection.add_termination_listener(lambda *_, lost=lost: lost.set())
                for channel in sorted(self._channels):
                    await self._connection.add_listener(channel, self._notified)
                self._connected.set()
                self._wake_all()  # of what happened before, nobody was told
                await self._until_lost(self._connection, lost)
                log.warning("The connection for notifications was lost; connecting again.")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("No connection for notifications; trying again.", reason=type(error).__name__)
            finally:
                if self._connection is not None:
                    self._connection.terminate()
                    self._connection = None
            await asyncio.sleep(RECONNECT_AFTER)

    @staticmethod
    async def _until_lost(connection: asyncpg.Connection[asyncpg.Record], lost: asyncio.Event) -> None:
        while not lost.is_set():
            try:
                async with asyncio.timeout(CHECK_EVERY):
                    await lost.wait()
            except TimeoutError:
                # A peer that vanished without a word shows itself only when something is sent.
                await connection.execute("SELECT 1", timeout=CHECK_EVERY)

    def _notified(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        text = str(payload)
        for subscription in (
            *self._waiting.get((channel, text), ()),
            *self._waiting.get((channel, None), ()),
        ):
            if isinstance(subscription, _Watcher):
                subscription.callback(text)
            else:
                subscription.wake()

    def _wake_all(self) -> None:
        for subscription in self._subscriptions():
            subscription.wake()

    def _subscriptions(self) -> list[Subscription]:
        return [one for waiting in self._waiting.values() for one in waiting]


class _Watcher(Subscription):
    def __init__(self, callback: Callable[[str | None], None]) -> None:
        super().__init__()
        self.callback = callback

    def wake(self) -> None:
        self.callback(None)
