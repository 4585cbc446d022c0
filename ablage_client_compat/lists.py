"""Numbered pages of any list, against any server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import ablage_sdk
from ablage_client_compat.connection import ask
from ablage_client_compat.errors import AblageValidationError
from ablage_client_compat.listing import Ask, Window, count, drive, window
from ablage_client_compat.pages import PaginatedResponse
from ablage_client_compat.records import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from ablage_client_compat.connection import SyncConnection

__all__ = ["Listed", "Span", "numbered", "page_of"]

M = TypeVar("M")


@dataclass(frozen=True)
class Span:
    """Which part of a list: ``limit`` items after the first ``offset``."""

    offset: int
    limit: int

    @classmethod
    def page(cls, page: int, page_size: int) -> Span:
        """Return the span of a numbered page.

        Raises:
            AblageValidationError: There is no such page.
        """
        if page < 1:
            raise AblageValidationError(f"page must be 1 or more; got {page}", 422, "VALIDATION_ERROR")
        return cls.part(page_size * (page - 1), page_size)

    @classmethod
    def part(cls, offset: int, limit: int) -> Span:
        """Return the span of an offset and a limit.

        Raises:
            AblageValidationError: One of them is impossible.
        """
        if limit < 1 or offset < 0:
            raise AblageValidationError(
                f"a page must hold 1 item or more and begin at 0 or later; got {limit} from {offset}",
                422,
                "VALIDATION_ERROR",
            )
        return cls(offset, limit)

    @property
    def number(self) -> int:
        """The number of the page, from 1."""
        return self.offset // self.limit + 1

    def v1_arguments(self) -> dict[str, int]:
        """Return the parameters of v1."""
        if self.offset % self.limit:
            return {"skip": self.offset, "limit": self.limit}
        return {"page": self.number, "page_size": self.limit}


@dataclass(frozen=True)
class Listed(Generic[M]):
    """A list of the API in both versions.

    Attributes:
        path: Path of v1 below the version prefix.
        parameters: Parameters of v1, besides those of the page.
        fetch: Gets a page through the SDK.
        make: Makes the old model of an item of the SDK.
        make_v1: Makes it of an item of v1.
    """

    path: str
    parameters: Mapping[str, Any]
    fetch: Callable[[Ask], ablage_sdk.Page[Any]]
    make: Callable[[Any], M]
    make_v1: Callable[[dict[str, Any]], M]

    @property
    def which(self) -> Hashable:
        """Identifies the list."""
        return self.path, tuple(sorted(self.parameters.items(), key=str))


def numbered(connection: SyncConnection, listed: Listed[M], span: Span) -> PaginatedResponse[M]:
    """Return a page of a list.

    A server that speaks v1 only is asked for just that page; v2 is walked through by cursor.
    """
    if connection.only_v1:
        page = _from_v1(connection, listed, span)
        if page is not None:
            return page
    found: Window[Any] = drive(
        window(listed.which, span.offset, span.limit, connection.bookmarks), listed.fetch
    )
    if connection.only_v1:  # which turned out just now: cursors made of v1's pages cannot jump
        return _from_v1(connection, listed, span) or page_of(found, span, listed)
    return page_of(found, span, listed)


def page_of(found: Window[Any], span: Span, listed: Listed[M]) -> PaginatedResponse[M]:
    """Return a window as a page; counting what follows is put off until somebody asks."""
    total = found.end if found.cursor is None else Deferred(lambda: drive(count(found), listed.fetch))
    return PaginatedResponse([listed.make(item) for item in found.items], total, span.number, span.limit)


def _from_v1(connection: SyncConnection, listed: Listed[M], span: Span) -> PaginatedResponse[M] | None:
    """Return a page as v1 numbers it; None when the server has stopped speaking v1."""
    parameters = {**listed.parameters, **span.v1_arguments()}
    try:
        answer = ask(connection, "GET", f"/api/v1{listed.path}", parameters)
    except ablage_sdk.NotFoundError as error:
        if error.code == "API_VERSION_DISABLED":
            return None
        raise
    body = json.loads(answer.content)
    items = [listed.make_v1(item) for item in body["items"]]
    return PaginatedResponse(items, body["total"], span.number, span.limit)
