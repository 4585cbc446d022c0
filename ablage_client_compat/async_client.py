"""The old `AsyncAblageClient`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import ablage_sdk
from ablage_client_compat import convert
from ablage_client_compat.calls import deprecated, legacy
from ablage_client_compat.connection import Connection, Settings
from ablage_client_compat.documents import readable, upload_arguments
from ablage_client_compat.flat import described, listed
from ablage_client_compat.names import no_such_name
from ablage_client_compat.paging.documents import search_listed
from ablage_client_compat.paging.numbered import Span, numbered_async
from ablage_client_compat.warnings import used

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from types import TracebackType

    from ablage_client_compat.connection import Seconds
    from ablage_client_compat.documents import DocumentID, File
    from ablage_client_compat.models import Document
    from ablage_client_compat.paging.cursors import Ask
    from ablage_client_compat.paging.response import PaginatedResponse
    from ablage_client_compat.raw.response import Session
    from ablage_client_compat.records import Record

__all__ = ["AsyncAblageClient"]

T = TypeVar("T")


@deprecated("Write `AsyncAblageSDK(api_key=…, base_url=…)` from `ablage_sdk`.", category=None)
class AsyncAblageClient:
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

    @property
    def session(self) -> Session:
        """``client.session.headers`` are sent with every request."""
        return self._connection.session

    @property
    def base_url(self) -> str:
        """The address of the server."""
        return self._connection.settings.base_url or ""

    @legacy
    @deprecated("Write `await sdk.auth.login(email, password)`, or use an API key.", category=None)
    async def login(self, email: str, password: str) -> Record:
        """Log in; what is returned is truthy.

        Raises:
            AblageAuthenticationError: The name or the password is wrong.
        """
        return convert.token(await self._connection.sdk.auth.login(email, password))

    @legacy
    @deprecated("Write `await sdk.documents.upload(path, tags=…, metadata=…, ocr_backend=…)`.", category=None)
    async def upload_document(
        self, file_path: File | None = None, *described_by: Any, **keywords: Any
    ) -> Document:
        """Upload a document: ``upload_document(path, ocr_backend, priority)``; the priority has no effect."""
        file, arguments = described(file_path, described_by, keywords)
        return convert.document(await self._connection.sdk.documents.upload(file, **arguments))

    @legacy
    @deprecated("Write `sdk.documents.upload_many(paths, concurrency=…)`.", category=None)
    async def upload_many(
        self, paths: Iterable[File], concurrency: int = 5, **keywords: Any
    ) -> list[Document]:
        """Upload several documents, ``concurrency`` at a time; returns them in the order of the paths."""
        arguments = upload_arguments(**keywords)

        async def upload(path: File) -> Document:
            return convert.document(await self._connection.sdk.documents.upload(readable(path), **arguments))

        return await _each(upload, list(paths), concurrency)

    @legacy
    @deprecated("Write `sdk.documents.upload_many(paths)`.", category=None)
    async def batch_upload(self, paths: Iterable[File], **keywords: Any) -> list[Document]:
        """Upload several documents, in order."""
        arguments = upload_arguments(**keywords)
        upload = self._connection.sdk.documents.upload
        return [convert.document(await upload(readable(path), **arguments)) for path in paths]

    @legacy
    @deprecated("Write `await sdk.documents.get(document_id)`.", category=None)
    async def get_document(self, document_id: DocumentID) -> Document:
        """Return a document."""
        return convert.document(await self._connection.sdk.documents.get(str(document_id)))

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

        async def fetch(ask: Ask) -> ablage_sdk.AsyncPage[ablage_sdk.Document]:
            return await self._connection.sdk.documents.list(**query.arguments(ask))

        return await numbered_async(self._connection, query.listed(), span, fetch)

    @legacy
    @deprecated("Write `await sdk.documents.search(text)`.", category=None)
    async def search_documents(self, query: str, limit: int = 20) -> PaginatedResponse[Document]:
        """Search the text of all documents."""

        async def fetch(ask: Ask) -> ablage_sdk.AsyncPage[ablage_sdk.SearchHit]:
            return await self._connection.sdk.documents.search(query, limit=ask.limit, cursor=ask.cursor)

        return await numbered_async(self._connection, search_listed(query), Span.part(0, limit), fetch)

    @legacy
    @deprecated("Write `await sdk.documents.reprocess(document_id, ocr_backend=…)`.", category=None)
    async def reprocess_document(self, document_id: DocumentID, backend: str | None = None) -> Document:
        """Recognise a document again."""
        reprocess = self._connection.sdk.documents.reprocess
        return convert.document(await reprocess(str(document_id), ocr_backend=backend))

    @legacy
    @deprecated("Write `await sdk.documents.wait_for_completion(document_id, timeout=…)`.", category=None)
    async def wait_for_processing(
        self,
        document_id: DocumentID,
        timeout: float = 300,  # noqa: ASYNC109  # as it was
        poll_interval: float = 2,  # noqa: ARG002  # the server answers as soon as the document is done
    ) -> Document:
        """Wait until a document is recognised; seconds.

        Raises:
            TimeoutError: It was not done in time.
            AblageAPIError: Recognition failed.
        """
        wait = self._connection.sdk.documents.wait_for_completion
        return convert.document(await wait(str(document_id), timeout=max(timeout, 0.001)))

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

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<AsyncAblageClient {self.base_url}>"

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            raise no_such_name(self._path, name, dir(type(self)))


async def _each(work: Callable[[Any], Awaitable[T]], items: Sequence[Any], concurrency: int) -> list[T]:
    """Do ``work`` for every item, some at a time; after a failure nothing more is begun."""
    places = asyncio.Semaphore(max(1, concurrency))

    async def one(item: Any) -> T:
        async with places:
            return await work(item)

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
