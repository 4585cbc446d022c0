"""What both old clients have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ablage_client_compat import convert
from ablage_client_compat.connection import Named
from ablage_client_compat.dialects import described, readable, upload_arguments
from ablage_client_compat.warnings import deprecated, legacy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from ablage_client_compat.connection import AsyncConnection, Session
    from ablage_client_compat.dialects import DocumentID, File
    from ablage_client_compat.models import Document

__all__ = ["AsyncCommonClient"]


class AsyncCommonClient(Named):
    """The connection, and the methods that the client and the async client of dialect C share."""

    _connection: AsyncConnection

    @property
    def session(self) -> Session:
        """``client.session.headers`` are sent with every request."""
        return self._connection.session

    @session.setter
    def session(self, session: Session) -> None:
        self._connection.session = session

    @property
    def base_url(self) -> str:
        """The address of the server."""
        return self._connection.settings.base_url or ""

    @legacy
    @deprecated("Write `await sdk.documents.upload(path, tags=…, metadata=…, ocr_backend=…)`.", category=None)
    async def upload_document(
        self, file_path: File | None = None, *described_by: object, **keywords: object
    ) -> Document:
        """Upload a document.

        B: ``upload_document(path, tags, metadata)``; C: ``upload_document(path, ocr_backend, priority)``.
        The priority has no effect.
        """
        file, arguments = described(file_path, described_by, keywords)
        return convert.document(await self._connection.sdk.documents.upload(file, **arguments))

    @legacy
    @deprecated("Write `sdk.documents.upload_many(paths)`.", category=None)
    async def batch_upload(self, paths: Iterable[File], **keywords: object) -> list[Document]:
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
        timeout: float = 300,
        poll_interval: float = 2,  # noqa: ARG002  # the server answers as soon as the document is done
    ) -> Document:
        """Wait until a document is recognised; seconds.

        Raises:
            TimeoutError: It was not done in time.
            AblageAPIError: Recognition failed.
        """
        wait = self._connection.sdk.documents.wait_for_completion
        return convert.document(await wait(str(document_id), timeout=max(timeout, 0.001)))

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.opened.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{self._path} {self.base_url}>"
