"""Pages by cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import Depends, Query

from server_stub.services.paging import DEFAULT_LIMIT, MAX_LIMIT, AfterCursor

if TYPE_CHECKING:
    from server_stub.services.paging import Listing

T = TypeVar("T")
MAX_CURSOR = 200
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=MAX_CURSOR, description="next_cursor of the page before.")]


def after_cursor(limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> AfterCursor:
    """Read which part of a list is wanted."""
    return AfterCursor(limit, cursor)


Paged = Annotated[AfterCursor, Depends(after_cursor)]


def envelope(listing: Listing[T]) -> dict[str, object]:
    """Return the list envelope of API v2."""
    return {"items": listing.items, **end_of(listing.next_cursor)}


def end_of(next_cursor: str | None) -> dict[str, object]:
    """Return what comes after the items."""
    return {"next_cursor": next_cursor, "has_more": next_cursor is not None}
