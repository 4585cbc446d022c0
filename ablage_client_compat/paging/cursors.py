"""Numbered pages on top of cursors.

The old client asked for page 7; API v2 hands out cursors. The functions here are generators that say which
page to ask the SDK for (`Ask`) and get it sent in: they wait for nothing themselves, so that one protocol
serves the sync and the async client.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Iterable, Mapping, Sequence

    from pydantic import JsonValue

    from ablage_client_compat.connection import Bookmarks

__all__ = ["MOST", "AsItIs", "Ask", "Parameter", "SDKPage", "Window", "everything", "window"]

Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
Result = TypeVar("Result")

#: The most items that one page of API v2 holds.
MOST = 200


#: The value of a query parameter; ``None`` leaves it out.
Parameter: TypeAlias = "str | float | bool | Iterable[str] | None"


class SDKPage(Protocol[Item_co]):
    """What the SDK's lists return."""

    @property
    def items(self) -> Sequence[Item_co]:
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


@dataclass(frozen=True)
class AsItIs:
    """A request to an address of the server just as it is, past the SDK's choice of a version."""

    method: str
    path: str
    query: Mapping[str, Parameter]
    body: JsonValue = None


@dataclass(frozen=True, slots=True)
class Window(Generic[Item]):
    """Some items of a list.

    Attributes:
        items: The items.
        end: How many come before and in the window.
        cursor: Where the list goes on; ``None`` at its end, so that ``end`` is the number of all items.
    """

    items: list[Item]
    end: int
    cursor: str | None


Asking: TypeAlias = "Generator[Ask, SDKPage[Item], Result]"


def window(which: Hashable, offset: int, limit: int, bookmarks: Bookmarks) -> Asking[Item, Window[Item]]:
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
    items: list[Item] = []
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


def everything() -> Asking[Item, list[Item]]:
    """Get a whole list."""
    items: list[Item] = []
    cursor = None
    while True:
        page = yield Ask(MOST, cursor, full=False)
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            return items
