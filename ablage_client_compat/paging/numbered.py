"""Numbered pages of any list, against any server: what to ask for, and what to make of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from ablage_client_compat.errors import AblageValidationError
from ablage_client_compat.paging.cursors import AsItIs, window
from ablage_client_compat.paging.response import PaginatedResponse
from ablage_client_compat.records import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from pydantic import JsonValue

    import ablage_sdk
    from ablage_client_compat.connection import AsyncConnection, SyncConnection
    from ablage_client_compat.paging.cursors import Ask, Parameter, SDKPage, Window

__all__ = ["Listed", "Span"]

Item = TypeVar("Item")
Model = TypeVar("Model")

#: The most items that one page of API v1 holds.
_MOST_OF_V1 = 100


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
class Listed(Generic[Item, Model]):
    """A list of the API in both versions.

    Attributes:
        path: Path of v1 below the version prefix.
        parameters: Parameters of v1, besides those of the page.
        make: Makes the old model of an item of the SDK.
        make_v1: Makes it of an item of v1.
    """

    path: str
    parameters: Mapping[str, Parameter]
    make: Callable[[Item], Model]
    make_v1: Callable[[Mapping[str, JsonValue]], Model]

    def steps(
        self,
        connection: SyncConnection | AsyncConnection,
        span: Span,
        total: Callable[[Window[Item]], int],
    ) -> Generator[
        Ask | AsItIs,
        SDKPage[Item] | ablage_sdk.RawResponse[JsonValue] | None,
        PaginatedResponse[Model],
    ]:
        """Get a page: a server that speaks v1 only is asked for it by number, v2 is walked through by cursor.

        Args:
            connection: Who asks.
            span: Which page.
            total: Counts the whole list, given the page; called when somebody wants to know.
        """
        if connection.only_v1:
            page = yield from self.numbered(span)
            if page is not None:
                return page
        which = self.path, tuple(sorted(self.parameters.items(), key=str))
        found: Window[Item] = yield from window(which, span.offset, span.limit, connection.bookmarks)
        if connection.only_v1:  # which turned out just now; it counts, and its pages can be jumped to
            page = yield from self.numbered(span)
            if page is not None:
                return page
        return self.page(found, span, total)

    def page(
        self, found: Window[Item], span: Span, total: Callable[[Window[Item]], int]
    ) -> PaginatedResponse[Model]:
        """Return a window as a page."""
        all_of_them = found.end if found.cursor is None else Deferred(lambda: total(found))
        return PaginatedResponse(
            [self.make(item) for item in found.items], all_of_them, span.number, span.limit
        )

    def numbered(
        self, span: Span
    ) -> Generator[AsItIs, ablage_sdk.RawResponse[JsonValue] | None, PaginatedResponse[Model] | None]:
        """Get a page by its number; None when the server has stopped speaking v1."""
        items: list[Model] = []
        while True:
            part = Span(span.offset + len(items), min(span.limit - len(items), _MOST_OF_V1))
            answer = yield AsItIs("GET", f"/api/v1{self.path}", {**self.parameters, **part.v1_arguments()})
            if answer is None:
                return None
            body = json.loads(answer.content)
            items += [self.make_v1(item) for item in body["items"]]
            if len(items) >= span.limit or len(body["items"]) < part.limit:
                return PaginatedResponse(items, body["total"], span.number, span.limit)
