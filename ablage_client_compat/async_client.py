"""The old `AsyncAblageClient`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, TypeVar

import ablage_sdk
from ablage_client_compat import convert
from ablage_client_compat._async import pages
from ablage_client_compat._async.client import AsyncCommonClient
from ablage_client_compat.connection import Connection, Settings
from ablage_client_compat.dialects import listed, readable, upload_arguments
from ablage_client_compat.paging.numbered import Span
from ablage_client_compat.warnings import deprecated, legacy, used

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from ablage_client_compat.connection import Seconds
    from ablage_client_compat.dialects import DocumentID, File
    from ablage_client_compat.models import Document, Record
    from ablage_client_compat.paging.response import PaginatedResponse

__all__ = ["AsyncAblageClient"]

Item = TypeVar("Item")
Result = TypeVar("Result")


@deprecated("Write `AsyncAblageSDK(api_key=…, base_url=…)` from `ablage_sdk`.", category=None)
class AsyncAblageClient(AsyncCommonClient):
    """The client of dialect C for asyncio; use it as an async context manager.

    Args:
        base_url: From ``ABLAGE_BASE_URL`` when left out, or else ``http://localhost:8000``.
        api_key: From ``ABLAGE_API_KEY`` when left out; or log in with `login`.
        timeout: Seconds, ``(connect, read)`` in seconds, or None for no limit.
        max_retries: How often a failed request is tried again.
        verify_ssl: Whether the server's certificate is checked.

    Raises:
        AblageError: An argument is wrong.
    """

    _path: ClassVar[str] = "AsyncAblageClient"

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: Seconds = 30.0,
        max_retries: int = 3,
        verify_ssl: bool = True,  # noqa: FBT001, FBT002  # as it was
    ) -> None:
        made_at = used("AsyncAblageClient()", AsyncAblageClient.__deprecated__)  # type: ignore[attr-defined]  # the decorator sets it
        named = {"timeout": timeout, "max_retries": max_retries, "verify_ssl": verify_ssl}
        settings = Settings.of([value for value in (base_url, api_key) if value is not None], named)
        self._connection = Connection(settings, ablage_sdk.AsyncAblageSDK, made_at)

    @legacy
    @deprecated("Write `await sdk.auth.login(email, password)`, or use an API key.", category=None)
    async def login(self, email: str, password: str) -> Record:
        """Log in; what is returned is truthy.

        Raises:
            AblageAuthenticationError: The name or the password is wrong.
        """
        return convert.token(await self._connection.sdk.auth.login(email, password))

    @legacy
    @deprecated("Write `sdk.documents.upload_many(paths, concurrency=…)`.", category=None)
    async def upload_many(
        self, paths: Iterable[File], concurrency: int = 5, **keywords: object
    ) -> list[Document]:
        """Upload several documents, ``concurrency`` at a time; returns them in the order of the paths."""
        arguments = upload_arguments(**keywords)

        async def upload(path: File) -> Document:
            return convert.document(await self._connection.sdk.documents.upload(readable(path), **arguments))

        return await _each(upload, list(paths), concurrency)

    @legacy
    @deprecated(
        "Write `await sdk.documents.list(limit=…)`, or `sdk.documents.iterate()` for all.", category=None
    )
    async def list_documents(
        self,
        status: str | None = None,
        document_type: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> PaginatedResponse[Document]:
        """Return some documents, newest first."""
        query, span = listed(
            (), {"status": status, "document_type": document_type, "limit": limit, "offset": offset}
        )
        return await pages.list_documents(self._connection, query, span)

    @legacy
    @deprecated("Write `await sdk.documents.search(text)`.", category=None)
    async def search_documents(self, query: str, limit: int = 20) -> PaginatedResponse[Document]:
        """Search the text of all documents."""
        return await pages.search_documents(self._connection, query, Span.part(0, limit))

    @legacy
    @deprecated("Write `sdk.documents.wait_many(document_ids, timeout=…)`.", category=None)
    async def wait_for_all(
        self,
        document_ids: Iterable[DocumentID],
        timeout: float = 300,  # noqa: ASYNC109  # as it was
    ) -> list[Document]:
        """Wait until all documents are recognised; seconds for all of them together.

        Raises:
            TimeoutError: One was not done in time.
            AblageAPIError: Recognition of one failed.
        """

        async def wait(document_id: DocumentID) -> Document:
            return convert.document(
                await self._connection.sdk.documents.wait_for_completion(
                    str(document_id), timeout=max(timeout, 0.001)
                )
            )

        ids = [getattr(document_id, "id", document_id) for document_id in document_ids]
        return await _each(wait, ids, len(ids))


async def _each(
    work: Callable[[Item], Awaitable[Result]], items: Sequence[Item], concurrency: int
) -> list[Result]:
    """Do ``work`` for every item, some at a time; after a failure nothing more is begun."""
    places = asyncio.Semaphore(max(1, concurrency))

    async def one(item: Item) -> Result:
        async with places:
            return await work(item)

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
