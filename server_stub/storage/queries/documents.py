"""Documents and their tags."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import sqlalchemy as sa

from server_stub.storage import ids
from server_stub.storage.queries.document_fields import FULL, LISTED, SUMMARY, as_document
from server_stub.storage.queries.document_filters import conditions, owned
from server_stub.storage.queries.lists import Sorted
from server_stub.storage.tables import document_tags, documents

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

    from server_stub.storage.queries.document_fields import Document
    from server_stub.storage.queries.document_filters import Filters

d = documents.c

#: What documents can be sorted by.
SortKey: TypeAlias = Literal[
    "created_at", "updated_at", "completed_at", "filename", "size", "status", "confidence_score"
]

#: PostgreSQL's NOTIFY channel on which the id of a document is told when it is finished or deleted.
FINISHED_CHANNEL = "ablage_document_finished"


class Content(NamedTuple):
    """Where the bytes of a document are, and what they are."""

    storage_key: str
    filename: str
    mime_type: str
    size: int
    sha256: str | None
    updated_at: datetime


class Work(NamedTuple):
    """What text recognition needs to know of a document."""

    document_id: UUID
    storage_key: str
    mime_type: str
    backend: str
    language: str


async def find(
    conn: AsyncConnection, document_id: UUID, owner: UUID | None, *, lock: bool = False
) -> Document | None:
    """Return a document, locked against change if wanted.

    Args:
        conn: The connection.
        document_id: Which document.
        owner: Whose it must be; ``None`` for anybody's.
        lock: Whether others must wait until the end of the transaction.
    """
    statement = sa.select(*FULL).where(d.id == document_id, *owned(owner))
    if lock:
        statement = statement.with_for_update(of=documents)
    row = (await conn.execute(statement)).mappings().one_or_none()
    return None if row is None else as_document(row)


async def summary(conn: AsyncConnection, document_id: UUID) -> Document:
    """Return what events tell of a document, which must be there."""
    return as_document((await conn.execute(_SUMMARY, {"document_id": document_id})).mappings().one())


def listed(owner: UUID | None, filters: Filters, *, blocks: bool, sort_by: SortKey = "created_at") -> Sorted:
    """Return the list of documents; see `document_fields.as_document` for its rows."""
    columns = FULL if blocks else LISTED
    return Sorted(sa.select(*columns).where(*conditions(owner, filters)), d[sort_by], d.id)


async def content(conn: AsyncConnection, document_id: UUID, owner: UUID | None) -> Content | None:
    """Return where the bytes of a document are."""
    columns = (d.storage_key, d.filename, d.mime_type, d.size, d.sha256, d.updated_at)
    row = (await conn.execute(sa.select(*columns).where(d.id == document_id, *owned(owner)))).one_or_none()
    return None if row is None else Content(*row)


async def text(conn: AsyncConnection, document_id: UUID, owner: UUID | None) -> str | None:
    """Return the text of a document, empty as long as there is none; ``None`` without a document."""
    statement = sa.select(d.extracted_text).where(d.id == document_id, *owned(owner))
    row = (await conn.execute(statement)).one_or_none()
    return None if row is None else row[0] or ""


async def without_document(conn: AsyncConnection, files: Mapping[str, UUID]) -> set[str]:
    """Return those of some stored files that no document has.

    Args:
        conn: The connection.
        files: The id of the document that each key was made for.
    """
    known = set((await conn.execute(sa.select(d.id).where(d.id.in_(files.values())))).scalars())
    suspects = {key for key, document_id in files.items() if document_id not in known}
    if not suspects:
        return suspects
    # A row may name a file by another id than its own: imported archives can. There is no index for it.
    named = sa.select(d.storage_key).where(d.storage_key.in_(suspects))
    return suspects - set((await conn.execute(named)).scalars())


async def insert(conn: AsyncConnection, values: Mapping[str, object], tags: Sequence[str]) -> None:
    """Store a new document, by columns, and its tags."""
    await conn.execute(sa.insert(documents), values)
    await _add_tags(conn, values["id"], tags)


async def change(
    conn: AsyncConnection, document_id: UUID, values: Mapping[str, object], tags: Sequence[str] | None
) -> None:
    """Change columns of a document, and its tags unless they are ``None``."""
    if tags is not None:
        await conn.execute(sa.delete(document_tags).where(document_tags.c.document_id == document_id))
        await _add_tags(conn, document_id, tags)
    await conn.execute(
        sa.update(documents).where(d.id == document_id).values(updated_at=_touched(), **values)
    )


async def lock_all(conn: AsyncConnection, document_ids: Collection[UUID], owner: UUID | None) -> list[UUID]:
    """Lock those of some documents that there are, and return their ids."""
    statement = (
        sa.select(d.id)
        .where(d.id.in_(set(document_ids)), *owned(owner))
        .order_by(d.id)  # always the same order: two batches cannot lock each other out
        .with_for_update()
    )
    return list((await conn.execute(statement)).scalars())


async def delete(conn: AsyncConnection, document_id: UUID) -> str:
    """Delete a document's row; return the key of its file, to be deleted after the commit."""
    await _tell_finished(conn, document_id)
    statement = sa.delete(documents).where(d.id == document_id).returning(d.storage_key)
    key: str = (await conn.execute(statement)).scalar_one()
    return key


async def reset(conn: AsyncConnection, document_id: UUID, backend: str) -> None:
    """Forget what was recognised: the document waits again, for this engine."""
    statement = sa.update(documents).where(d.id == document_id)
    values = {
        "status": "pending",
        "ocr_backend": backend,
        "extracted_text": None,
        "confidence_score": None,
        "ocr_result": sa.null(),
        "error_message": None,
        "completed_at": None,
    }
    # As a parameter, because release 1.0 has no such column and leaves it out.
    await conn.execute(statement.values(updated_at=_touched(), **values), {"error_code": None})


async def begin_processing(conn: AsyncConnection, document_id: UUID) -> tuple[str, Work] | None:
    """Mark a document as being processed.

    Returns:
        Its status before and what to do; ``None`` when it was deleted, or is finished already.
    """
    status = (
        await conn.execute(sa.select(d.status).where(d.id == document_id).with_for_update())
    ).scalar_one_or_none()
    if status not in {"pending", "processing"}:
        return None
    statement = (
        sa.update(documents)
        .where(d.id == document_id)
        .values(status="processing", updated_at=_touched())
        .returning(d.id, d.storage_key, d.mime_type, d.ocr_backend, d.language)
    )
    row = (await conn.execute(statement)).one()
    return status, Work(
        row.id, row.storage_key, row.mime_type, row.ocr_backend or "auto", row.language or "de"
    )


async def end_processing(conn: AsyncConnection, document_id: UUID, values: Mapping[str, object]) -> bool:
    """Store what became of a document that was being processed, and tell those who wait.

    Returns:
        Whether it was stored; not when the document is gone or was finished by another job.
    """
    statement = (
        sa.update(documents)
        .where(d.id == document_id, d.status == "processing")
        .values(completed_at=sa.func.clock_timestamp(), updated_at=_touched())
        .returning(d.id)
    )
    if (await conn.execute(statement, dict(values))).scalar_one_or_none() is None:
        return False
    await _tell_finished(conn, document_id)
    return True


async def _add_tags(conn: AsyncConnection, document_id: object, tags: Sequence[str]) -> None:
    """Give a document tags; they are answered in this order."""
    if not tags:
        return
    await conn.execute(
        sa.insert(document_tags).values(
            [
                {
                    "id": ids.new_id(),
                    "document_id": document_id,
                    "tag": tag,
                    # The time keeps the order; ids of rows that migrations made do not.
                    "created_at": sa.func.now() + timedelta(microseconds=number),
                }
                for number, tag in enumerate(tags)
            ]
        )
    )


async def _tell_finished(conn: AsyncConnection, document_id: UUID) -> None:
    await conn.execute(sa.select(sa.func.pg_notify(FINISHED_CHANNEL, str(document_id))))


def _touched() -> ColumnElement[Any]:
    """Return the new ``updated_at`` of a row: now, and later than before even when clocks go back."""
    return sa.func.greatest(sa.func.clock_timestamp(), d.updated_at + sa.text("interval '1 microsecond'"))


_SUMMARY = sa.select(*SUMMARY).where(d.id == sa.bindparam("document_id"))
