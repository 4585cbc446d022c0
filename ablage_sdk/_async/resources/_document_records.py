"""What is known of documents: read it, change it, wait for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from ablage_sdk._async import _waiting as waiting
from ablage_sdk._async._pages import AsyncItems
from ablage_sdk._async._resource import AsyncResource
from ablage_sdk._models.document import BatchDeleteResult, Document, ExtractedText, SearchHit
from ablage_sdk._operation import Operation, one, path, timestamp
from ablage_sdk._operation import nothing as no_content

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pydantic import JsonValue

    from ablage_sdk._async._pages import AsyncPage


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
            Operation(
                name="documents.get",
                method="GET",
                path=path("/documents/{document_id}", document_id=document_id),
                headers=(("prefer", f"wait={max(1, round(wait))}"),) if wait else (),
                extra_read_time=wait or 0.0,
                read=one(Document),
            )
        )

    async def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: str | None = None,
        tag: str | None = None,
        language: str | None = None,
        ocr_backend: str | None = None,
        document_type: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        order: Literal["asc", "desc"] | None = None,
        include: Sequence[Literal["ocr_result"]] | None = None,
    ) -> AsyncPage[Document]:
        """Return a page of documents, newest first.

        Args:
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.
            status: Only documents with this status.
            tag: Only documents with this tag.
            language: Only documents in this language.
            ocr_backend: Only documents read by this engine.
            document_type: Only documents of this type.
            created_after: Only documents uploaded after this time.
            created_before: Only documents uploaded before this time.
            order: By time of upload; ``desc`` is newest first.
            include: ``["ocr_result"]`` for the recognised blocks too, which lists leave out.
        """
        return await self._page(
            "documents.list",
            "/documents",
            Document,
            {
                "limit": limit,
                "cursor": cursor,
                "status": status,
                "tag": tag,
                "language": language,
                "ocr_backend": ocr_backend,
                "document_type": document_type,
                "created_after": timestamp("created_after", created_after),
                "created_before": timestamp("created_before", created_before),
                "order": order,
                "include": include,
            },
        )

    def iterate(
        self,
        *,
        limit: int | None = None,
        status: str | None = None,
        tag: str | None = None,
        language: str | None = None,
        ocr_backend: str | None = None,
        document_type: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        order: Literal["asc", "desc"] | None = None,
        include: Sequence[Literal["ocr_result"]] | None = None,
    ) -> AsyncItems[Document]:
        """Yield all documents, page by page; the arguments are those of `list`."""
        return AsyncItems(
            partial(
                self.list,
                limit=limit,
                status=status,
                tag=tag,
                language=language,
                ocr_backend=ocr_backend,
                document_type=document_type,
                created_after=created_after,
                created_before=created_before,
                order=order,
                include=include,
            )
        )

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
        return await self._page(
            "documents.search", "/documents/search", SearchHit, {"q": q, "limit": limit, "cursor": cursor}
        )

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
            Operation(
                name="documents.update",
                method="PATCH",
                path=path("/documents/{document_id}", document_id=document_id),
                json=changes,
                headers=(("if-match", etag),) if etag else (),
                read=one(Document),
            )
        )

    async def delete(self, document_id: str) -> None:
        """Delete a document and its file.

        Raises:
            NotFoundError: There is no such document, or it belongs to someone else.
        """
        await self._executor.run(
            Operation(
                name="documents.delete",
                method="DELETE",
                path=path("/documents/{document_id}", document_id=document_id),
                read=no_content,
            )
        )

    async def delete_many(self, document_ids: Iterable[str]) -> BatchDeleteResult:
        """Delete several documents in one request.

        Returns:
            What happened to each: one that does not exist is no error.
        """
        return await self._executor.run(
            Operation(
                name="documents.delete_many",
                method="POST",
                path="/documents/batch/delete",
                json={"document_ids": list(document_ids)},
                read=one(BatchDeleteResult),
            )
        )

    async def get_extracted_text(self, document_id: str) -> str:
        """Return the recognised text; empty while there is none."""
        result = await self._executor.run(
            Operation(
                name="documents.get_extracted_text",
                method="GET",
                path=path("/documents/{document_id}/extracted-text", document_id=document_id),
                read=one(ExtractedText),
            )
        )
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
            Operation(
                name="documents.reprocess",
                method="POST",
                path=path("/documents/{document_id}/reprocess", document_id=document_id),
                json={} if ocr_backend is None else {"ocr_backend": ocr_backend},
                read=one(Document),
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
