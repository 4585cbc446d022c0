"""Documents: find, read, change, remove.

Taking one in is `server_stub.services.uploads`, its way through text recognition
`server_stub.services.recognition`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.errors import ConflictError, NotFoundError
from server_stub.services import events, paging
from server_stub.services.document_rows import FULL, WITHOUT_BLOCKS, Document, as_document, touched
from server_stub.services.document_values import (
    check_backend,
    check_metadata,
    check_tags,
    clean_filename,
)
from server_stub.services.idempotency import once
from server_stub.services.recognition import (
    FINISHED_CHANNEL,
    begin_recognition,
    fail_recognition,
    finish_recognition,
)
from server_stub.services.tags import replace_tags
from server_stub.storage.tables import document_tags, documents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

    from server_stub.services.access import Action, Actor
    from server_stub.services.context import Services
    from server_stub.services.idempotency import Claim

__all__ = [
    "Content",
    "Filters",
    "begin_recognition",
    "content",
    "delete",
    "delete_many",
    "fail_recognition",
    "finish_recognition",
    "get",
    "list_numbered",
    "list_page",
    "reprocess",
    "text",
    "update",
]

d = documents.c


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents a list shows; what is ``None`` does not limit it."""

    status: str | None = None
    tag: str | None = None
    language: str | None = None
    ocr_backend: str | None = None
    document_type: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """Where the bytes of a document are, and what they are."""

    storage_key: str
    filename: str
    mime_type: str
    size: int
    sha256: str | None
    updated_at: datetime


async def get(services: Services, actor: Actor, document_id: UUID) -> Document:
    """Return one document.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("documents", "read")
    async with services.db.connect() as conn:
        return await fetch(conn, actor, document_id)


async def fetch(
    conn: AsyncConnection,
    actor: Actor,
    document_id: UUID,
    *,
    action: Action = "read",
    lock: bool = False,
) -> Document:
    """Return one document that the actor may do this to, locked against change if wanted."""
    statement = sa.select(*FULL).where(d.id == document_id, *owned(actor, action))
    if lock:
        statement = statement.with_for_update(of=documents)
    row = (await conn.execute(statement)).mappings().one_or_none()
    if row is None:
        raise no_document(document_id)
    return as_document(row)


async def list_page(
    services: Services,
    actor: Actor,
    filters: Filters,
    *,
    limit: int = paging.DEFAULT_LIMIT,
    cursor: str | None = None,
    order: paging.Order = "desc",
    blocks: bool = False,
) -> paging.Page[Document]:
    """Return the documents after a cursor, by time of creation.

    Args:
        services: The running server.
        actor: Who asks.
        filters: Which documents.
        limit: How many at most.
        cursor: ``next_cursor`` of the page before.
        order: ``desc`` for the newest first.
        blocks: Whether ``ocr_result.blocks`` is included.
    """
    actor.require("documents", "read")
    after = paging.decode(cursor, f"documents.{order}")
    key = sa.tuple_(d.created_at, d.id)
    statement = sa.select(*(FULL if blocks else WITHOUT_BLOCKS)).where(
        *owned(actor, "read"), *conditions(filters)
    )
    if after is not None:
        bound = sa.tuple_(sa.literal(after.key), sa.literal(after.id))
        statement = statement.where(key < bound if order == "desc" else key > bound)
    columns = (d.created_at, d.id)
    statement = statement.order_by(*(c.desc() if order == "desc" else c.asc() for c in columns))
    async with services.db.connect() as conn:
        rows = (await conn.execute(statement.limit(limit + 1))).mappings().all()
    return paging.cut([as_document(row, blocks=blocks) for row in rows], limit, f"documents.{order}")


#: What API v1 can sort by.
SORT_KEYS: Mapping[str, ColumnElement[object]] = {
    "created_at": d.created_at,
    "updated_at": d.updated_at,
    "completed_at": d.completed_at,
    "filename": d.filename,
    "size": d.size,
    "status": d.status,
    "confidence_score": d.confidence_score,
}


async def list_numbered(
    services: Services,
    actor: Actor,
    filters: Filters,
    *,
    offset: int,
    limit: int,
    sort_by: str = "created_at",
    order: paging.Order = "desc",
) -> paging.Numbered[Document]:
    """Return documents by number, and how many there are.

    Args:
        services: The running server.
        actor: Who asks.
        filters: Which documents.
        offset: How many to leave out at the beginning.
        limit: How many at most.
        sort_by: One of `SORT_KEYS`.
        order: Which way round.
    """
    actor.require("documents", "read")
    where = [*owned(actor, "read"), *conditions(filters)]
    keys = (SORT_KEYS[sort_by], d.id)
    statement = (
        sa.select(*FULL)
        .where(*where)
        .order_by(*(k.desc().nulls_last() if order == "desc" else k.asc().nulls_last() for k in keys))
        .offset(offset)
        .limit(limit)
    )
    async with services.db.connect() as conn:
        rows = (await conn.execute(statement)).mappings().all()
        # Counted last: counted first, a row that comes in between pushes another off the last page.
        total = await conn.scalar(sa.select(sa.func.count()).select_from(documents).where(*where))
    return paging.Numbered([as_document(row) for row in rows], total or 0)


@dataclass(frozen=True, slots=True)
class Changes:
    """What to change about a document; what is ``None`` stays."""

    filename: str | None = None
    tags: Sequence[str] | None = None
    metadata: Mapping[str, object] | None = None


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
        before = await fetch(conn, actor, document_id, action="update", lock=True)
        if check is not None:
            check(before)
        if tags is not None:
            await replace_tags(conn, document_id, tags)
        statement = sa.update(documents).where(d.id == document_id).values(updated_at=touched(), **values)
        await conn.execute(statement)
        if services.settings.enable_webhooks:
            await events.record(conn, "document.updated", document_id)
        return await fetch(conn, actor, document_id, action="update")


async def delete(
    services: Services, actor: Actor, document_id: UUID, *, check: Callable[[Document], None] | None = None
) -> None:
    """Remove a document and its file for good, unless ``check`` raises.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("documents", "delete")
    async with services.db.begin() as conn:
        before = await fetch(conn, actor, document_id, action="delete", lock=True)
        if check is not None:
            check(before)
        key = await _remove(services, conn, document_id)
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
        statement = (
            sa.select(d.id)
            .where(d.id.in_(set(document_ids)), *owned(actor, "delete"))
            .order_by(d.id)  # always the same order: two batches cannot lock each other out
            .with_for_update()
        )
        found = (await conn.execute(statement)).scalars().all()
        keys.extend([await _remove(services, conn, document_id) for document_id in found])
        return set(found)

    deleted = await once(services, actor, claim, work)
    for key in keys:
        await services.files.delete(key)
    return deleted


async def _remove(services: Services, conn: AsyncConnection, document_id: UUID) -> str:
    if services.settings.enable_webhooks:
        await events.record(conn, "document.deleted", document_id)
    await conn.execute(sa.select(sa.func.pg_notify(FINISHED_CHANNEL, str(document_id))))
    statement = sa.delete(documents).where(d.id == document_id).returning(d.storage_key)
    key: str = (await conn.execute(statement)).scalar_one()
    return key


async def content(services: Services, actor: Actor, document_id: UUID) -> Content:
    """Return where the bytes of a document are.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("documents", "read")
    statement = sa.select(d.storage_key, d.filename, d.mime_type, d.size, d.sha256, d.updated_at).where(
        d.id == document_id, *owned(actor, "read")
    )
    async with services.db.connect() as conn:
        row = (await conn.execute(statement)).one_or_none()
    if row is None:
        raise no_document(document_id)
    return Content(*row)


async def text(services: Services, actor: Actor, document_id: UUID) -> str:
    """Return the text of a document; empty as long as there is none.

    Raises:
        NotFoundError: There is no such document, or it belongs to somebody else.
    """
    actor.require("documents", "read")
    statement = sa.select(d.extracted_text).where(d.id == document_id, *owned(actor, "read"))
    async with services.db.connect() as conn:
        row = (await conn.execute(statement)).one_or_none()
    if row is None:
        raise no_document(document_id)
    return row[0] or ""


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
        before = await fetch(conn, actor, document_id, action="update", lock=True)
        if before["status"] in {"pending", "processing"}:
            raise ConflictError(
                f"Document {document_id} is {before['status']}. Wait until it is completed or failed.",
                code="DOC_PROCESSING",
                wait=2,
            )
        await conn.execute(
            sa.update(documents)
            .where(d.id == document_id)
            .values(
                status="pending",
                ocr_backend=chosen,
                extracted_text=None,
                confidence_score=None,
                ocr_result=sa.null(),
                error_message=None,
                completed_at=None,
                updated_at=touched(),
            ),
            {"error_code": None},
        )
        await services.queue.defer_recognition(conn, document_id)
        return await fetch(conn, actor, document_id, action="update")

    return await once(services, actor, claim, work)


def owned(actor: Actor, action: Action) -> list[ColumnElement[bool]]:
    """Return the condition that keeps other people's documents out."""
    owner = actor.owner_filter(action)
    return [] if owner is None else [d.user_id == owner]


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter."""
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (d.status, filters.status),
        (d.language, filters.language),
        (d.ocr_backend, filters.ocr_backend),
        (d.document_type, filters.document_type),
    ):
        if value is not None:
            found.append(column == value)
    if filters.tag is not None:
        tagged = sa.select(document_tags.c.document_id).where(document_tags.c.tag == filters.tag)
        found.append(d.id.in_(tagged))
    if filters.created_after is not None:
        found.append(d.created_at > filters.created_after)
    if filters.created_before is not None:
        found.append(d.created_at < filters.created_before)
    return found


def no_document(document_id: UUID) -> NotFoundError:
    """Return the error for a document that is not there, or not there for the actor."""
    return NotFoundError(f"There is no document {document_id}.", code="DOC_NOT_FOUND")
