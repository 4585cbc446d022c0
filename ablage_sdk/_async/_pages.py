"""Pages of a list, and iteration over everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Self, TypeVar

from ablage_sdk._tasks import AsyncTask
from ablage_sdk._v1 import may_repeat

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from pydantic import BaseModel

    from ablage_sdk._models.page import PageData
    from ablage_sdk._response import ResponseInfo

__all__ = ["AsyncItems", "AsyncPage"]

T = TypeVar("T", bound="BaseModel")


class AsyncPage(Generic[T]):
    """One page of a list.

    Iterating over it goes on through all following pages, each of which is fetched while the one before
    is being worked on.

    Attributes:
        items: What is on this page; may be empty although more pages follow.
        next_cursor: Where the next page begins; ``None`` at the end.
        has_more: Whether a next page exists.
        response_info: Status, headers, attempts and rate limit.
    """

    def __init__(self, data: PageData[T], fetch: Callable[[str], Awaitable[AsyncPage[T]]]) -> None:
        self.items: list[T] = data.items
        self.next_cursor: str | None = data.next_cursor
        self.has_more: bool = data.has_more and data.next_cursor is not None
        self.response_info: ResponseInfo | None = data.response_info
        self._fetch = fetch

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.items)} items, has_more={self.has_more}>"

    def __len__(self) -> int:
        return len(self.items)

    async def next_page(self) -> AsyncPage[T] | None:
        """Return the next page; ``None`` at the end."""
        if not self.has_more or self.next_cursor is None:
            return None
        return await self._fetch(self.next_cursor)

    def __aiter__(self) -> AsyncItems[T]:
        async def here() -> AsyncPage[T]:
            return self

        return AsyncItems(here)


class AsyncItems(Generic[T]):
    """All items of a list, from one page on.

    No generator: it may be abandoned at any item without anything to clean up.
    """

    def __init__(self, first: Callable[[], Awaitable[AsyncPage[T]]]) -> None:
        self._first = first
        self._page: AsyncPage[T] | None = None
        self._items: Iterator[T] = iter(())
        self._taken = 0
        self._ahead: AsyncTask[AsyncPage[T] | None] | None = None
        # Pages of v1 are counted from the newest row: a row that is added moves the others along.
        self._seen: set[object] | None = None
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._ended:
            for item in self._items:
                if self._is_repeated(item):
                    continue
                self._taken += 1
                # Whoever takes a second item will want the next page.
                if self._taken > 1 and self._ahead is None and self._page is not None and self._page.has_more:
                    self._ahead = AsyncTask(self._page.next_page)
                return item
            await self._turn()
        raise StopAsyncIteration

    def _is_repeated(self, item: T) -> bool:
        if self._seen is None:
            return False
        key = getattr(item, "id", None)
        repeated = key in self._seen
        self._seen.add(key)
        return repeated

    async def _turn(self) -> None:
        """Go to the next page."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            page = await ahead.result()
        elif self._page is not None:
            page = await self._page.next_page()
        else:
            page = await self._first()
            self._seen = set() if may_repeat(page.next_cursor) else None
        if page is None:
            self._ended = True
        else:
            self._page, self._items, self._taken = page, iter(page.items), 0
