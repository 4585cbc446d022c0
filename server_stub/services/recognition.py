"""The way of a document through text recognition: ``pending → processing → completed | failed``.

The job calls these inside its own transaction. Each is safe to repeat: a job that was thought dead and comes
back late changes nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.services import events
from server_stub.services.document_rows import touched
from server_stub.storage.tables import documents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.ocr import Recognition

d = documents.c

#: PostgreSQL's NOTIFY channel on which the id of a document is told when it is finished or deleted.
FINISHED_CHANNEL = "ablage_document_finished"
FINAL = ("completed", "failed")


@dataclass(frozen=True, slots=True)
class Work:
    """What the job needs to know of a document."""

    document_id: UUID
    storage_key: str
    mime_type: str
    backend: str
    language: str


async def begin_recognition(
    conn: AsyncConnection, document_id: UUID, *, record_events: bool = True
) -> Work | None:
    """Mark a document as being processed.

    Returns:
        What to do; ``None`` when there is nothing to do: it was deleted, or is finished already.
    """
    before = (
        await conn.execute(sa.select(d.status).where(d.id == document_id).with_for_update())
    ).scalar_one_or_none()
    if before not in {"pending", "processing"}:
        return None
    statement = (
        sa.update(documents)
        .where(d.id == document_id)
        .values(status="processing", updated_at=touched())
        .returning(d.id, d.storage_key, d.mime_type, d.ocr_backend, d.language)
    )
    row = (await conn.execute(statement)).one()
    if record_events and before == "pending":
        await events.record(conn, "document.processing", document_id)
    return Work(row.id, row.storage_key, row.mime_type, row.ocr_backend or "auto", row.language or "de")


async def finish_recognition(
    conn: AsyncConnection, document_id: UUID, recognition: Recognition, *, record_events: bool = True
) -> bool:
    """Store what was recognised.

    Returns:
        Whether it was stored; not when the document is gone or was finished by another job.
    """
    values = {
        "status": "completed",
        "extracted_text": _storable(recognition.text),
        "confidence_score": None if recognition.confidence is None else _bounded(recognition.confidence),
        "ocr_result": _storable_json(recognition.as_ocr_result()),
        "page_count": recognition.page_count,
        "error_code": None,
        "error_message": None,
    }
    return await _end(conn, document_id, values, "document.processed", record_events=record_events)


async def fail_recognition(
    conn: AsyncConnection, document_id: UUID, code: str, message: str, *, record_events: bool = True
) -> bool:
    """Store why nothing could be recognised.

    Args:
        conn: The transaction.
        document_id: Which document.
        code: Such as ``DOC_CORRUPT`` or ``OCR_TIMEOUT``.
        message: For the person who uploaded it.
        record_events: Whether webhooks are told.

    Returns:
        Whether it was stored; not when the document is gone or was finished by another job.
    """
    values = {"status": "failed", "error_code": code, "error_message": _storable(message)}
    return await _end(conn, document_id, values, "document.failed", record_events=record_events)


async def _end(
    conn: AsyncConnection,
    document_id: UUID,
    values: Mapping[str, object],
    event: events.EventType,
    *,
    record_events: bool,
) -> bool:
    statement = (
        sa.update(documents)
        .where(d.id == document_id, d.status == "processing")
        .values(completed_at=sa.func.clock_timestamp(), updated_at=touched())
        .returning(d.id)
    )
    if (await conn.execute(statement, dict(values))).scalar_one_or_none() is None:
        return False
    if record_events:
        await events.record(conn, event, document_id)
    await conn.execute(sa.select(sa.func.pg_notify(FINISHED_CHANNEL, str(document_id))))
    return True


def _bounded(confidence: Decimal) -> Decimal:
    return min(max(confidence, Decimal(0)), Decimal(1)).quantize(Decimal("0.0001"))


def _storable(text: str) -> str:
    # PostgreSQL stores neither U+0000 nor half of a surrogate pair; some PDF fonts yield both.
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _storable_json(value: object) -> object:
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, dict):
        return {_storable(str(key)): _storable_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable_json(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value
