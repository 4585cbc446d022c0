"""Pages by number: ``page`` and ``page_size``, or ``skip``/``offset`` and ``limit``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Query

from server_stub.errors import invalid_field

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_SIZE = 20
MAX_SIZE = 100
#: PostgreSQL counts rows in 64 bits.
MAX_OFFSET = 2**53


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which part of a list is wanted."""

    offset: int
    limit: int

    @property
    def page(self) -> int:
        """The number of the page, from 1."""
        return self.offset // self.limit + 1

    def envelope(self, items: Sequence[object], total: int) -> dict[str, object]:
        """Return the list envelope of API v1."""
        return {
            "items": items,
            "total": total,
            "page": self.page,
            "page_size": self.limit,
            "total_pages": -(-total // self.limit),
        }


def numbering(
    page: Annotated[int | None, Query(ge=1, le=MAX_OFFSET // MAX_SIZE)] = None,
    page_size: Annotated[int | None, Query(ge=1, le=MAX_SIZE)] = None,
    per_page: Annotated[int | None, Query(ge=1, le=MAX_SIZE, description="Alias of page_size.")] = None,
    skip: Annotated[int | None, Query(ge=0, le=MAX_OFFSET)] = None,
    offset: Annotated[int | None, Query(ge=0, le=MAX_OFFSET, description="Alias of skip.")] = None,
    limit: Annotated[int | None, Query(ge=1, le=MAX_SIZE)] = None,
) -> Numbering:
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
        return Numbering(start or 0, limit or DEFAULT_SIZE)
    return Numbering(((page or 1) - 1) * (size or DEFAULT_SIZE), size or DEFAULT_SIZE)


def _same(name: str, value: int | None, alias: str, aliased: int | None) -> int | None:
    if value is not None and aliased is not None and value != aliased:
        raise invalid_field(name, f"and {alias} mean the same and differ. Send one of them.")
    return aliased if value is None else value


Numbered = Annotated[Numbering, Depends(numbering)]
