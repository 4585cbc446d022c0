"""How many items a whole list has, for whom wants to know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import ablage_sdk
from ablage_client_compat.errors import AblageError
from ablage_client_compat.paging.cursors import MOST, Ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from ablage_client_compat.connection import AsyncConnection, SyncConnection
    from ablage_client_compat.paging.cursors import SDKPage, Window
    from ablage_client_compat.paging.documents import Query

__all__ = ["async_total", "async_total_of_documents", "sync_total", "sync_total_of_documents"]

Item = TypeVar("Item")

#: The longest period that the server counts over. There were no documents before.
_LONGEST_PERIOD = timedelta(days=3650)


def sync_total(fetch: Callable[[Ask], SDKPage[Item]]) -> Callable[[Window[Item]], int]:
    """Return what counts a list by walking to its end."""

    def total(found: Window[Item]) -> int:
        number, cursor = found.end, found.cursor
        while cursor is not None:
            page = fetch(Ask(MOST, cursor, full=False))
            number, cursor = number + len(page.items), page.next_cursor
        return number

    return total


def sync_total_of_documents(
    connection: SyncConnection, query: Query, fetch: Callable[[Ask], SDKPage[ablage_sdk.Document]]
) -> Callable[[Window[ablage_sdk.Document]], int]:
    """Return what counts documents, by one request where one can tell."""

    def total(found: Window[ablage_sdk.Document]) -> int:
        known = _counted_by_server(connection, query)
        return sync_total(fetch)(found) if known is None else known

    return total


def _counted_by_server(connection: SyncConnection, query: Query) -> int | None:
    if query.tag is not None or query.document_type is not None:
        return None
    until = datetime.now(UTC) + timedelta(days=1)  # clocks differ
    try:
        usage = connection.sdk.analytics.usage(since=until - _LONGEST_PERIOD, until=until)
    except ablage_sdk.APIStatusError:
        return None  # the key may be allowed to read documents only
    return usage.documents_total if query.status is None else usage.documents_by_status.get(query.status, 0)


def async_total(_: object) -> Callable[[Window[Item]], int]:
    """Return what says that nothing can be awaited where the total is read."""
    return _uncounted


def async_total_of_documents(
    _: AsyncConnection, __: Query, ___: object
) -> Callable[[Window[ablage_sdk.Document]], int]:
    """Return the same for documents."""
    return _uncounted


def _uncounted(_: object) -> int:
    raise AblageError("pages of AsyncAblageClient have no total; go on until a page is shorter than limit")
