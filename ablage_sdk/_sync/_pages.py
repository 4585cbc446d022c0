# Generated from ablage_sdk/_async/_pages.py by scripts/generate_sync.py: do not edit.
"""Pages of a list, and iteration over everything."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from ablage_sdk._exceptions import UnsupportedByServer
from ablage_sdk._policies import V2
from ablage_sdk._tasks import SyncTask
from ablage_sdk._v1 import FIRST_PAGE, may_repeat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import BaseModel

    from ablage_sdk._models.page import PageData
    from ablage_sdk._response import ResponseInfo

__all__ = ["Items", "Page"]

T = TypeVar("T", bound="BaseModel")


class Page(Generic[T]):
    """One page of a list.

    Iterating over it goes on through all following pages, each of which is fetched while the one before
    is being worked on.

    Attributes:
        items: What is on this page; may be empty although more pages follow.
        next_cursor: Where the next page begins; ``None`` at the end.
        has_more: Whether a next page exists.
        response_info: Status, headers, attempts and rate limit.
    """

    def __init__(
        self,
        data: PageData[T],
        fetch: Callable[[str | None], Page[T]],
        *,
        first: bool,
    ) -> None:
        self.items: list[T] = data.items
        self.next_cursor: str | None = data.next_cursor
        self.has_more: bool = data.has_more and data.next_cursor is not None
        self.response_info: ResponseInfo | None = data.response_info
        self._fetch = fetch
        self._first = first

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.items)} items, has_more={self.has_more}>"

    def __len__(self) -> int:
        return len(self.items)

    def next_page(self) -> Page[T] | None:
        """Return the next page; ``None`` at the end."""
        if not self.has_more or self.next_cursor is None:
            return None
        return self._fetch(self.next_cursor)

    def from_start(self, needs: str) -> Page[T]:
        """Return the first page again, after the server stopped speaking a version in the middle.

        Args:
            needs: The version that it stopped speaking. The list goes on in the other one.
        """
        return self._fetch(FIRST_PAGE if needs == V2 else None)

    def __iter__(self) -> Items[T]:
        def here() -> Page[T]:
            return self

        return Items(here)


class Items(Generic[T]):
    """All items of a list, from one page on.

    No generator: it may be abandoned at any item without anything to clean up.
    """

    def __init__(self, first: Callable[[], Page[T]]) -> None:
        self._first = first
        self._page: Page[T] | None = None
        self._items: Iterator[T] = iter(())
        self._taken = 0
        self._ahead: SyncTask[Page[T] | None] | None = None
        # What was given out, as hashes: should the list have to begin anew, it must not come again.
        self._given = array("q")
        # The same for looking up. Pages of v1 are counted from the newest row: a row that is added moves the
        # others along.
        self._seen: set[int] | None = None
        self._whole = True
        self._ended = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        while not self._ended:
            for item in self._items:
                if self._is_repeated(item):
                    continue
                self._taken += 1
                # Whoever takes a second item will want the next page.
                if self._taken > 1 and self._ahead is None and self._page is not None and self._page.has_more:
                    self._ahead = SyncTask(self._page.next_page)
                return item
            self._turn()
        raise StopIteration

    def _is_repeated(self, item: T) -> bool:
        key = hash(getattr(item, "id", None))
        if self._seen is None:
            self._given.append(key)
            return False
        repeated = key in self._seen
        self._seen.add(key)
        return repeated

    def _following(self) -> Page[T] | None:
        ahead, self._ahead = self._ahead, None
        if self._page is None:
            page = self._first()
            self._whole = page._first  # noqa: SLF001 - pages and their items belong together
            self._seen = set() if may_repeat(page.next_cursor) else None
            return page
        try:
            return self._page.next_page() if ahead is None else ahead.result()
        except UnsupportedByServer as lost:
            # A fleet in the middle of an upgrade: another release answers now.
            if not self._whole:
                raise  # what came before the page that was begun with is not known here
            if self._seen is None:
                self._seen = set(self._given)
            return self._page.from_start(lost.needs)

    def _turn(self) -> None:
        """Go to the next page."""
        page = self._following()
        if page is None:
            self._ended = True
        else:
            self._page, self._items, self._taken = page, iter(page.items), 0
