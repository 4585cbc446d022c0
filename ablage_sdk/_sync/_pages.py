# Generated from ablage_sdk/_async/_pages.py by scripts/generate_sync.py: do not edit.
"""Pages of a list, and iteration over everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel

from ablage_sdk._tasks import SyncTask
from ablage_sdk._v1 import may_repeat

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ablage_sdk._models.page import PageData
    from ablage_sdk._response import ResponseInfo

__all__ = ["Page"]

T = TypeVar("T", bound=BaseModel)


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

    def __init__(self, data: PageData[T], fetch: Callable[[str], Page[T]]) -> None:
        self.items: list[T] = data.items
        self.next_cursor: str | None = data.next_cursor
        self.has_more: bool = data.has_more and data.next_cursor is not None
        self.response_info: ResponseInfo | None = data.response_info
        self._fetch = fetch

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.items)} items, has_more={self.has_more}>"

    def __len__(self) -> int:
        return len(self.items)

    def next_page(self) -> Page[T] | None:
        """Return the next page; ``None`` at the end."""
        if not self.has_more or self.next_cursor is None:
            return None
        return self._fetch(self.next_cursor)

    def __iter__(self) -> Generator[T, None, None]:
        page: Page[T] | None = self
        ahead: SyncTask[Page[T] | None] | None = None
        # Pages of v1 are counted from the newest row: a row that is added moves the others along.
        seen: set[object] | None = set() if may_repeat(self.next_cursor) else None
        try:
            while page is not None:
                for item in page.items:
                    if seen is not None:
                        key = getattr(item, "id", None)
                        if key in seen:
                            continue
                        seen.add(key)
                    yield item
                    # Whoever takes a second item will want the next page.
                    if ahead is None and page.has_more:
                        ahead = SyncTask(page.next_page)
                page = ahead.result() if ahead is not None else page.next_page()
                ahead = None
        finally:
            if ahead is not None:
                ahead.cancel()
