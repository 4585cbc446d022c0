"""Numbered pages of any list, against any server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import ablage_sdk
from ablage_client_compat.connection import AsItIs, ask, ask_async
from ablage_client_compat.errors import AblageError, AblageValidationError
from ablage_client_compat.paging.cursors import Ask, Window, count, drive, drive_async, window
from ablage_client_compat.paging.response import PaginatedResponse
from ablage_client_compat.records import Deferred

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Mapping

    from ablage_client_compat.connection import AsyncConnection, Connection, SyncConnection

__all__ = ["Listed", "Span", "numbered", "numbered_async"]

M = TypeVar("M")

_DISABLED = "API_VERSION_DISABLED"
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
class Listed(Generic[M]):
    """A list of the API in both versions.

    Attributes:
        path: Path of v1 below the version prefix.
        parameters: Parameters of v1, besides those of the page.
        make: Makes the old model of an item of the SDK.
        make_v1: Makes it of an item of v1.
    """

    path: str
    parameters: Mapping[str, Any]
    make: Callable[[Any], M]
    make_v1: Callable[[dict[str, Any]], M]

    def steps(
        self,
        connection: Connection[Any],
        span: Span,
        total: Callable[[Window[Any]], int],
    ) -> Generator[Ask | AsItIs, Any, PaginatedResponse[M]]:
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
        found: Window[Any] = yield from window(which, span.offset, span.limit, connection.bookmarks)
        if connection.only_v1:  # which turned out just now; it counts, and its pages can be jumped to
            page = yield from self.numbered(span)
            if page is not None:
                return page
        return self.page(found, span, total)

    def page(
        self, found: Window[Any], span: Span, total: Callable[[Window[Any]], int]
    ) -> PaginatedResponse[M]:
        """Return a window as a page."""
        all_of_them = found.end if found.cursor is None else Deferred(lambda: total(found))
        return PaginatedResponse(
            [self.make(item) for item in found.items], all_of_them, span.number, span.limit
        )

    def numbered(self, span: Span) -> Generator[AsItIs, Any, PaginatedResponse[M] | None]:
        """Get a page by its number; None when the server has stopped speaking v1."""
        items: list[M] = []
        while True:
            part = Span(span.offset + len(items), min(span.limit - len(items), _MOST_OF_V1))
            answer = yield AsItIs("GET", f"/api/v1{self.path}", {**self.parameters, **part.v1_arguments()})
            if answer is None:
                return None
            body = json.loads(answer.content)
            items += [self.make_v1(item) for item in body["items"]]
            if len(items) >= span.limit or len(body["items"]) < part.limit:
                return PaginatedResponse(items, body["total"], span.number, span.limit)


def numbered(
    connection: SyncConnection,
    listed: Listed[M],
    span: Span,
    fetch: Callable[[Ask], ablage_sdk.Page[Any]],
    known_total: Callable[[], int | None] = lambda: None,
) -> PaginatedResponse[M]:
    """Return a page of a list.

    Args:
        connection: Who asks.
        listed: The list.
        span: Which page.
        fetch: Gets a page through the SDK.
        known_total: A shorter way to the number of all items, if it can be had.
    """

    def step(what: Ask | AsItIs) -> object:
        if isinstance(what, Ask):
            return fetch(what)
        try:
            return ask(connection, what)
        except ablage_sdk.NotFoundError as error:
            if error.code != _DISABLED:
                raise
            return None

    def total(found: Window[Any]) -> int:
        known = known_total()
        return drive(count(found), fetch) if known is None else known

    try:
        return drive(listed.steps(connection, span, total), step)
    except ablage_sdk.UnsupportedByServer:
        # What the SDK cannot say in v1, or not go on with in it, the old parameters can.
        page = drive(listed.numbered(span), step)
        if page is None:
            raise
        return page


async def numbered_async(
    connection: AsyncConnection,
    listed: Listed[M],
    span: Span,
    fetch: Callable[[Ask], Awaitable[ablage_sdk.AsyncPage[Any]]],
) -> PaginatedResponse[M]:
    """Do the same for the async client, whose pages cannot count what follows them."""

    async def step(what: Ask | AsItIs) -> object:
        if isinstance(what, Ask):
            return await fetch(what)
        try:
            return await ask_async(connection, what)
        except ablage_sdk.NotFoundError as error:
            if error.code != _DISABLED:
                raise
            return None

    try:
        return await drive_async(listed.steps(connection, span, _uncounted), step)
    except ablage_sdk.UnsupportedByServer:
        page = await drive_async(listed.numbered(span), step)
        if page is None:
            raise
        return page


def _uncounted(_: Window[Any]) -> int:
    raise AblageError("pages of AsyncAblageClient have no total; go on until a page is shorter than limit")
