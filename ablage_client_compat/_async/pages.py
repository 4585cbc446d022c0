"""Numbered pages, got by asking the server for what the steps of `paging` want."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import ablage_sdk
from ablage_client_compat.paging.cursors import Ask
from ablage_client_compat.paging.documents import search_listed
from ablage_client_compat.paging.totals import async_total, async_total_of_documents

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from pydantic import JsonValue

    from ablage_client_compat.connection import AsyncConnection
    from ablage_client_compat.models import Document
    from ablage_client_compat.paging.cursors import AsItIs, SDKPage, Window
    from ablage_client_compat.paging.documents import Query
    from ablage_client_compat.paging.numbered import Listed, Span
    from ablage_client_compat.paging.response import PaginatedResponse

__all__ = ["ask", "drive", "list_documents", "numbered", "search_documents"]

Item = TypeVar("Item")
Model = TypeVar("Model")
Question = TypeVar("Question")
Answer = TypeVar("Answer")
Result = TypeVar("Result")

_DISABLED = "API_VERSION_DISABLED"


async def drive(
    asking: Generator[Question, Answer, Result], fetch: Callable[[Question], Awaitable[Answer]]
) -> Result:
    """Get what a generator of `paging.cursors` or of a `Listed` asks for, until it has what it wants."""
    try:
        question = next(asking)
        while True:
            question = asking.send(await fetch(question))
    except StopIteration as done:
        result: Result = done.value
        return result


async def ask(connection: AsyncConnection, what: AsItIs) -> ablage_sdk.RawResponse[JsonValue]:
    """Send a request that no method of the SDK makes."""
    return await connection.sdk.request(what.method, what.path, query=what.query, json=what.body)


async def numbered(
    connection: AsyncConnection,
    listed: Listed[Item, Model],
    span: Span,
    fetch: Callable[[Ask], Awaitable[SDKPage[Item]]],
    total: Callable[[Window[Item]], int],
) -> PaginatedResponse[Model]:
    """Return a page of a list.

    Args:
        connection: Who asks.
        listed: The list.
        span: Which page.
        fetch: Gets a page through the SDK.
        total: Counts the whole list, given the page; called when somebody wants to know.
    """

    async def step(
        what: Ask | AsItIs,
    ) -> SDKPage[Item] | ablage_sdk.RawResponse[JsonValue] | None:
        if isinstance(what, Ask):
            return await fetch(what)
        return await by_number(what)

    async def by_number(what: AsItIs) -> ablage_sdk.RawResponse[JsonValue] | None:
        try:
            return await ask(connection, what)
        except ablage_sdk.NotFoundError as error:
            if error.code != _DISABLED:
                raise
            return None

    try:
        return await drive(listed.steps(connection, span, total), step)
    except ablage_sdk.UnsupportedByServer:
        # What the SDK cannot say in v1, or not go on with in it, the old parameters can.
        page = await drive(listed.numbered(span), by_number)
        if page is None:
            raise
        return page


async def list_documents(
    connection: AsyncConnection, query: Query, span: Span
) -> PaginatedResponse[Document]:
    """Return a page of documents in the order of their upload, or in any order that only v1 has."""

    async def fetch(ask: Ask) -> ablage_sdk.AsyncPage[ablage_sdk.Document]:
        return await connection.sdk.documents.list(**query.arguments(ask), cursor=ask.cursor)

    total = async_total_of_documents(connection, query, fetch)
    return await numbered(connection, query.listed(), span, fetch, total)


async def search_documents(connection: AsyncConnection, text: str, span: Span) -> PaginatedResponse[Document]:
    """Return a page of what the full-text search found."""

    async def fetch(ask: Ask) -> ablage_sdk.AsyncPage[ablage_sdk.SearchHit]:
        return await connection.sdk.documents.search(text, limit=ask.limit, cursor=ask.cursor)

    return await numbered(connection, search_listed(text), span, fetch, async_total(fetch))
