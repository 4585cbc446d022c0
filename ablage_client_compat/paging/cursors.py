"""Numbered pages on top of cursors.

The old client asked for page 7; API v2 hands out cursors. The functions here are generators that say which
page to ask the SDK for (`Ask`) and get it sent in: they wait for nothing themselves, so that one protocol
serves the sync and the async client.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Hashable, Sequence

__all__ = ["Ask", "Bookmarks", "Window", "count", "drive", "drive_async", "everything", "window"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R")
X = TypeVar("X")

#: The most items that one page of API v2 holds.
MOST = 200
#: How long (s) the place of a page is remembered: a program that turns pages goes on where it was, one that
#: comes back later is shown the list as it is then.
_REMEMBERED_FOR = 60.0
_MOST_BOOKMARKS = 64


class SDKPage(Protocol[T_co]):
    """What the SDK's lists return."""

    @property
    def items(self) -> Sequence[T_co]:
        """The items."""

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A page to ask the SDK for.

    Attributes:
        limit: How many items, at most `MOST`.
        cursor: Where it begins.
        full: Whether the items will be shown; otherwise they are only passed over.
    """

    limit: int
    cursor: str | None
    full: bool


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """Some items of a list.

    Attributes:
        items: The items.
        end: How many come before and in the window.
        cursor: Where the list goes on; ``None`` at its end, so that ``end`` is the number of all items.
    """

    items: list[T]
    end: int
    cursor: str | None


Asking: TypeAlias = "Generator[Ask, SDKPage[T], R]"


class Bookmarks:
    """Cursors at which recently shown pages ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[tuple[Hashable, int], tuple[float, str]] = {}

    def put(self, which: Hashable, offset: int, cursor: str) -> None:
        """Remember the cursor behind the first ``offset`` items of a list."""
        with self._lock:
            self._places.pop((which, offset), None)
            self._places[which, offset] = (time.monotonic(), cursor)
            while len(self._places) > _MOST_BOOKMARKS:
                del self._places[next(iter(self._places))]

    def nearest(self, which: Hashable, offset: int) -> tuple[int, str | None]:
        """Return the last known place at or before ``offset``; its beginning when none is known."""
        oldest = time.monotonic() - _REMEMBERED_FOR
        with self._lock:
            known = [
                (place, cursor)
                for (list_, place), (when, cursor) in self._places.items()
                if list_ == which and place <= offset and when >= oldest
            ]
        return max(known, default=(0, None), key=lambda place: place[0])


def window(which: Hashable, offset: int, limit: int, bookmarks: Bookmarks) -> Asking[T, Window[T]]:
    """Get ``limit`` items after the first ``offset``.

    Args:
        which: Identifies the list: its filters and order.
        offset: How many items to pass over.
        limit: How many to return.
        bookmarks: What is known of the list.
    """
    at, cursor = bookmarks.nearest(which, offset) if offset else (0, None)
    while at < offset:
        page = yield Ask(min(offset - at, MOST), cursor, full=False)
        at, cursor = at + len(page.items), page.next_cursor
        if cursor is None:
            return Window([], at, None)
    items: list[T] = []
    while len(items) < limit:
        page = yield Ask(min(limit - len(items), MOST), cursor, full=True)
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    end = offset + len(items)
    if cursor is not None:
        bookmarks.put(which, end, cursor)
    return Window(items, end, cursor)


def count(start: Window[T]) -> Asking[T, int]:
    """Count a whole list, beginning behind a window."""
    total, cursor = start.end, start.cursor
    while cursor is not None:
        page = yield Ask(MOST, cursor, full=False)
        total, cursor = total + len(page.items), page.next_cursor
    return total


def everything() -> Asking[T, list[T]]:
    """Get a whole list."""
    items: list[T] = []
    cursor = None
    while True:
        page = yield Ask(MOST, cursor, full=False)
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            return items


def drive(asking: Generator[X, Any, R], fetch: Callable[[X], object]) -> R:
    """Run one of these generators with a sync client."""
    try:
        ask = next(asking)
        while True:
            ask = asking.send(fetch(ask))
    except StopIteration as done:
        result: R = done.value
        return result


async def drive_async(asking: Generator[X, Any, R], fetch: Callable[[X], Awaitable[object]]) -> R:
    """Run one of these generators with an async client."""
    try:
        ask = next(asking)
        while True:
            ask = asking.send(await fetch(ask))
    except StopIteration as done:
        result: R = done.value
        return result
