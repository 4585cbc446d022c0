"""Pages of a list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.model import Member, converted
from ablage_client_compat.migrate.rules.types import Type, container

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule

__all__ = ["RULES"]

_TOTAL = (
    "lists have no totals and page numbers any more: iterate over the list, or count with analytics.usage()"
)
_page = partial(Member, owner="Page")
_pagination = partial(Member, owner="Pagination", dialects="B")


RULES: list[Rule] = [
    _page(name="items", new="items", returns=container("list", Type("Document")), dialects="A C"),
    _page(name="data", new="items", returns=container("list", Type("Document")), dialects="B"),
    _page(name="pagination", returns=Type("Pagination"), reason=_TOTAL, dialects="B"),
    _page(name="total", reason=_TOTAL),
    _page(name="page", reason=_TOTAL),
    _page(name="page_size", reason=_TOTAL),
    _page(name="total_pages", reason=_TOTAL),
    _pagination(name="total", reason=_TOTAL),
    _pagination(name="page", reason=_TOTAL),
    _pagination(name="per_page", reason=_TOTAL),
    _pagination(name="total_pages", reason=_TOTAL),
    *converted("Page", "PaginatedResponse"),
]
