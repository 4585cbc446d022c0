"""What is known of documents: read it, change it, wait for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_sdk._async import _waiting as waiting
from ablage_sdk._async._pages import AsyncItems
from ablage_sdk._async._resource import AsyncResource
from ablage_sdk._endpoints import documents
from ablage_sdk._models.document import BatchDeleteResult, Document, SearchHit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from ablage_sdk._async._pages import AsyncPage
    from ablage_sdk._endpoints.documents import DocumentFilters


class AsyncDocumentRecords(AsyncResource):
    """The part of ``sdk.documents`` that moves no files."""

    async def get(self, document_id: str, *, wait: float | None = None) -> Document:
        """Return a document.

        Args:
            document_id: Its id.
            wait: Let the server hold the answer until recognition ended, or for this long (seconds, at
                most 60). A server that cannot do that answers at once.

        Raises:
            NotFoundError: There is no such document, or it belongs to someone else.
        """
        return await self._executor.run(
            documents.GET(
                document_id=document_id,
                headers=(("prefer", f"wait={max(1, round(wait))}"),) if wait else (),
                extra_read_time=wait or 0.0,
            )
        )

    async def list(
        self, *, cursor: str | None = None, **filters: Unpack[DocumentFilters]
    ) -> AsyncPage[Document]:
        """Return a page of documents, newest first.

        Args:
            cursor: ``next_cursor`` of an earlier page.
            **filters: How many, and which: see `DocumentFilters`.
        """
        return await self._page(documents.LIST, documents.parameters(filters, cursor))

    def iterate(self, **filters: Unpack[DocumentFilters]) -> AsyncItems[Document]:
        """Yield all documents, page by page; the arguments are those of `list`."""
        return AsyncItems(partial(self.list, **filters))

    async def search(
        self, q: str, *, limit: int | None = None, cursor: str | None = None
    ) -> AsyncPage[SearchHit]:
        """Search the text of all documents; German words match in all their forms.

        Args:
            q: Words to look for.
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.

        Returns:
            The hits, best first.
        """
        return await self._page(documents.SEARCH, {"q": q, "limit": limit, "cursor": cursor})

    async def update(
        self,
        document_id: str,
        *,
        filename: str | None = None,
        tags: Iterable[str] | None = None,
        metadata: Mapping[str, JsonValue] | None = None,
        if_match: Document | str | None = None,
    ) -> Document:
        """Change a document; what is left out stays as it is.

        Args:
            document_id: Its id.
            filename: New name.
            tags: New labels, in place of all present ones.
            metadata: New own values, in place of all present ones.
            if_match: Change it only if it is still as in this document (from `get`) or ETag.

        Raises:
            PreconditionFailedError: It changed since; get it again and decide anew.
            NotFoundError: There is no such document, or it belongs to someone else.
        """
        etag = if_match.etag if isinstance(if_match, Document) else if_match
        changes: dict[str, JsonValue] = {}
        if filename is not None:
            changes["filename"] = filename
        if tags is not None:
            changes["tags"] = list(tags)
        if metadata is not None:
            changes["metadata"] = dict(metadata)
        return await self._executor.run(
            documents.UPDATE(
                document_id=document_id, json=changes, headers=(("if-match", etag),) if etag else ()
            )
        )

    async def delete(self, document_id: str) -> None:
        """Delete a document and its file.

        Raises:
            NotFoundError: There is no such document, or it belongs to someone else.
        """
        await self._executor.run(documents.DELETE(document_id=document_id))

    async def delete_many(self, document_ids: Iterable[str]) -> BatchDeleteResult:
        """Delete several documents in one request.

        Returns:
            What happened to each: one that does not exist is no error.
        """
        return await self._executor.run(documents.DELETE_MANY(json={"document_ids": list(document_ids)}))

    async def get_extracted_text(self, document_id: str) -> str:
        """Return the recognised text; empty while there is none."""
        result = await self._executor.run(documents.GET_EXTRACTED_TEXT(document_id=document_id))
        return result.text or ""

    async def reprocess(self, document_id: str, *, ocr_backend: str | None = None) -> Document:
        """Recognise a document again.

        Args:
            document_id: Its id.
            ocr_backend: Engine; as before when left out.

        Returns:
            The document, with status ``pending``.

        Raises:
            ConflictError: It is being recognised right now.
        """
        return await self._executor.run(
            documents.REPROCESS(
                document_id=document_id, json={} if ocr_backend is None else {"ocr_backend": ocr_backend}
            )
        )

    async def wait_for_completion(
        self, document_id: str, *, timeout: float | None = 300.0, raise_on_failure: bool = True
    ) -> Document:
        """Wait until recognition of a document ended.

        The server holds the answer until then; one that cannot is asked again at growing intervals, or
        at those it states.

        Args:
            document_id: Its id.
            timeout: Seconds; ``None`` waits for ever.
            raise_on_failure: Raise when recognition failed, instead of returning the document.

        Raises:
            DocumentFailedError: Recognition failed; ``error.document.error`` says why.
            WaitTimeoutError: It did not end in time.
        """
        return await waiting.wait_for_completion(
            self.get, document_id, timeout=timeout, raise_on_failure=raise_on_failure
        )
