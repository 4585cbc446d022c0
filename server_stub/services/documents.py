"""Documents: find, read, change, remove, and send through text recognition again.

Taking one in is `server_stub.services.uploads`, its way through text recognition
`server_stub.services.processing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server_stub.errors import ConflictError, NotFoundError
from server_stub.services import events, paging
from server_stub.services.document_validation import (
    check_backend,
    check_metadata,
    check_tags,
    clean_filename,
)
from server_stub.services.idempotency import once
from server_stub.storage.queries import documents as stored
from server_stub.storage.queries.document_fields import as_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Action, Actor
    from server_stub.services.context import Services
    from server_stub.services.idempotency import Claim
    from server_stub.storage.queries.document_fields import Document
    from server_stub.storage.queries.document_filters import Filters
    from server_stub.storage.queries.documents import Content, SortKey


@dataclass(frozen=True, slots=True)
class Changes:
    """What to change about a document; what is ``None`` stays."""

    filename: str | None = None
    tags: Sequence[str] | None = None
    metadata: Mapping[str, object] | None = None


async def get(services: Services, actor: Actor, document_id: UUID) -> Document:
    """Return one document.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("documents", "read")
    async with services.db.connect() as conn:
        return await fetch(conn, actor, document_id, "read")


async def fetch(
    conn: AsyncConnection, actor: Actor, document_id: UUID, action: Action, *, lock: bool = False
) -> Document:
    """Return one document that the actor may do this to, locked against change if wanted."""
    document = await stored.find(conn, document_id, actor.owner_filter(action), lock=lock)
    if document is None:
        raise no_document(document_id)
    return document


async def list_documents(
    services: Services,
    actor: Actor,
    filters: Filters,
    window: paging.Window,
    *,
    sort_by: SortKey = "created_at",
    blocks: bool = False,
) -> paging.Listing[Document]:
    """Return documents.

    Args:
        services: The running server.
        actor: Who asks.
        filters: Which documents.
        window: Which part of the list.
        sort_by: What they are sorted by; after a cursor, the time of creation.
        blocks: Whether ``ocr_result.blocks`` is included.

    Raises:
        InvalidRequestError: The cursor is none of this list and order.
    """
    actor.require("documents", "read")
    rows = stored.listed(actor.owner_filter("read"), filters, blocks=blocks, sort_by=sort_by)

    def item(row: RowMapping) -> Document:
        return as_document(row, blocks=blocks)

    async with services.db.connect() as conn:
        return await paging.read(conn, rows, window, f"documents.{window.order}", item)


async def update(
    services: Services,
    actor: Actor,
    document_id: UUID,
    changes: Changes,
    *,
    check: Callable[[Document], None] | None = None,
) -> Document:
    """Change a document.

    Args:
        services: The running server.
        actor: Who asks.
        document_id: Which document.
        changes: The new values; each replaces the old one as a whole.
        check: Is given the document as it is, and may refuse to have it changed by raising.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
        InvalidRequestError: A value is wrong.
    """
    actor.require("documents", "update")
    values: dict[str, object] = {}
    if changes.filename is not None:
        values["filename"] = clean_filename(changes.filename)
    if changes.metadata is not None:
        values["metadata_"] = check_metadata(changes.metadata)
    tags = None if changes.tags is None else check_tags(changes.tags)
    async with services.db.begin() as conn:
        before = await fetch(conn, actor, document_id, "update", lock=True)
        if check is not None:
            check(before)
        await stored.change(conn, document_id, values, tags)
        await events.record(services, conn, "document.updated", document_id)
        return await fetch(conn, actor, document_id, "update")


async def delete(
    services: Services,
    actor: Actor,
    document_id: UUID,
    *,
    check: Callable[[Document], None] | None = None,
) -> None:
    """Remove a document and its file for good, unless ``check`` raises.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("documents", "delete")
    async with services.db.begin() as conn:
        before = await fetch(conn, actor, document_id, "delete", lock=True)
        if check is not None:
            check(before)
        key = await _delete(services, conn, document_id)
    await services.files.delete(key)


async def delete_many(
    services: Services, actor: Actor, document_ids: Sequence[UUID], claim: Claim[set[UUID]] | None = None
) -> set[UUID]:
    """Remove several documents and their files for good.

    Returns:
        Those that are gone now; the others do not exist, or belong to somebody else.
    """
    actor.require("documents", "delete")
    keys: list[str] = []

    async def work(conn: AsyncConnection) -> set[UUID]:
        found = await stored.lock_all(conn, document_ids, actor.owner_filter("delete"))
        keys.extend([await _delete(services, conn, document_id) for document_id in found])
        return set(found)

    deleted = await once(services, actor, claim, work)
    for key in keys:
        await services.files.delete(key)
    return deleted


async def _delete(services: Services, conn: AsyncConnection, document_id: UUID) -> str:
    await events.record(services, conn, "document.deleted", document_id)
    return await stored.delete(conn, document_id)


async def content(services: Services, actor: Actor, document_id: UUID) -> Content:
    """Return where the bytes of a document are.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("documents", "read")
    async with services.db.connect() as conn:
        found = await stored.content(conn, document_id, actor.owner_filter("read"))
    if found is None:
        raise no_document(document_id)
    return found


async def text(services: Services, actor: Actor, document_id: UUID) -> str:
    """Return the text of a document; empty as long as there is none.

    Raises:
        NotFoundError: There is no such document, or it belongs to somebody else.
    """
    actor.require("documents", "read")
    async with services.db.connect() as conn:
        found = await stored.text(conn, document_id, actor.owner_filter("read"))
    if found is None:
        raise no_document(document_id)
    return found


async def reprocess(
    services: Services,
    actor: Actor,
    document_id: UUID,
    backend: str | None,
    claim: Claim[Document] | None = None,
) -> Document:
    """Send a document through text recognition again.

    Args:
        services: The running server.
        actor: Who asks.
        document_id: Which document.
        backend: Which engine; ``None`` for the one that is set up.
        claim: To have it done once.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
        ConflictError: It is being processed, or waits to be.
        InvalidRequestError: No such engine.
    """

    async def work(conn: AsyncConnection) -> Document:
        actor.require("documents", "update")
        chosen = check_backend(backend or services.settings.ocr_backend)
        before = await fetch(conn, actor, document_id, "update", lock=True)
        if before["status"] in {"pending", "processing"}:
            raise ConflictError(
                f"Document {document_id} is {before['status']}. Wait until it is completed or failed.",
                code="DOC_PROCESSING",
                wait=2,
            )
        await stored.reset(conn, document_id, chosen)
        await services.queue.defer_recognition(conn, document_id)
        return await fetch(conn, actor, document_id, "update")

    return await once(services, actor, claim, work)


def no_document(document_id: UUID) -> NotFoundError:
    """Return the error for a document that is not there, or not there for the actor."""
    return NotFoundError(f"There is no document {document_id}.", code="DOC_NOT_FOUND")
