"""Pages by number: ``page`` and ``page_size``, or ``skip``/``offset`` and ``limit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import Depends, Query

from server_stub.errors import invalid_field
from server_stub.services.paging import ByNumber

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_stub.services.paging import Listing

T = TypeVar("T")
DEFAULT_SIZE = 20
MAX_SIZE = 100
#: PostgreSQL counts rows in 64 bits.
MAX_OFFSET = 2**53


def envelope(
    listing: Listing[T], window: ByNumber, shape: Callable[[T], object] = lambda item: item
) -> dict[str, object]:
    """Return the list envelope of API v1.

    Args:
        listing: The part of the list.
        window: Which part it is.
        shape: Turns an item into the shape of v1.
    """
    return {
        "items": [shape(item) for item in listing.items],
        "total": listing.total,
        "page": window.offset // window.limit + 1,
        "page_size": window.limit,
        "total_pages": -(-listing.total // window.limit),
    }


def numbering(
    page: Annotated[int | None, Query(ge=1, le=MAX_OFFSET // MAX_SIZE)] = None,
    page_size: Annotated[int | None, Query(ge=1, le=MAX_SIZE)] = None,
    per_page: Annotated[int | None, Query(ge=1, le=MAX_SIZE, description="Alias of page_size.")] = None,
    skip: Annotated[int | None, Query(ge=0, le=MAX_OFFSET)] = None,
    offset: Annotated[int | None, Query(ge=0, le=MAX_OFFSET, description="Alias of skip.")] = None,
    limit: Annotated[int | None, Query(ge=1, le=MAX_SIZE)] = None,
) -> ByNumber:
    """Read either way of asking for a page.

    Raises:
        InvalidRequestError: Both ways are mixed, or two aliases differ.
    """
    size = _same("page_size", page_size, "per_page", per_page)
    start = _same("skip", skip, "offset", offset)
    by_page = page is not None or size is not None
    by_offset = start is not None or limit is not None
    if by_page and by_offset:
        raise invalid_field("page", "cannot be mixed with skip, offset or limit. Use one of the two ways.")
    if by_offset:
        return ByNumber(start or 0, limit or DEFAULT_SIZE)
    return ByNumber(((page or 1) - 1) * (size or DEFAULT_SIZE), size or DEFAULT_SIZE)


def _same(name: str, value: int | None, alias: str, aliased: int | None) -> int | None:
    if value is not None and aliased is not None and value != aliased:
        raise invalid_field(name, f"and {alias} mean the same and differ. Send one of them.")
    return aliased if value is None else value


Numbered = Annotated[ByNumber, Depends(numbering)]
