"""The way of a document through text recognition: ``pending → processing → completed | failed``.

Each step is a transaction and safe to repeat: a job that was thought dead and comes back late changes nothing
any more. Who waits for the end is told, and does not ask the database again and again.
"""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from server_stub.services import events
from server_stub.services.documents import get
from server_stub.storage.queries import documents as stored
from server_stub.storage.queries.documents import FINISHED_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from server_stub.ocr import Recognition
    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.storage.queries.document_fields import Document
    from server_stub.storage.queries.documents import Work

FINAL = ("completed", "failed")
#: So many of those who wait look at the database at once; a thousand that are woken together would else
#: take all connections from everybody.
AT_ONCE = 4

_semaphores: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def begin(services: Services, document_id: UUID) -> Work | None:
    """Mark a document as being processed.

    Returns:
        What to do; ``None`` when there is nothing to do: it was deleted, or is finished already.
    """
    async with services.db.begin() as conn:
        begun = await stored.begin_processing(conn, document_id)
        if begun is None:
            return None
        before, work = begun
        if before == "pending":
            await events.record(services, conn, "document.processing", document_id)
        return work


async def complete(services: Services, document_id: UUID, recognition: Recognition) -> bool:
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
    return await _end(services, document_id, values, "document.processed")


async def fail(services: Services, document_id: UUID, code: str, message: str) -> bool:
    """Store why nothing could be recognised.

    Args:
        services: The running server.
        document_id: Which document.
        code: Such as ``DOC_CORRUPT`` or ``OCR_TIMEOUT``.
        message: For the person who uploaded it.

    Returns:
        Whether it was stored; not when the document is gone or was finished by another job.
    """
    values = {"status": "failed", "error_code": code, "error_message": _storable(message)}
    return await _end(services, document_id, values, "document.failed")


async def _end(
    services: Services, document_id: UUID, values: Mapping[str, object], event: events.EventType
) -> bool:
    async with services.db.begin() as conn:
        if not await stored.end_processing(conn, document_id, values):
            return False
        await events.record(services, conn, event, document_id)
        return True


def _reading() -> asyncio.Semaphore:
    return _semaphores.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))


async def get_finished(services: Services, actor: Actor, document_id: UUID, seconds: float) -> Document:
    """Return a document once its status is final, or as it is when the time is up.

    A waiting request holds no database connection.

    Args:
        services: The running server.
        actor: Who asks.
        document_id: Which document.
        seconds: How long to wait at most.

    Raises:
        NotFoundError: There is none, it was deleted meanwhile, or it belongs to somebody else.
    """
    end = time.monotonic() + seconds
    with services.listener.subscribe(FINISHED_CHANNEL, str(document_id)) as finished:
        while True:
            async with _reading():
                document = await get(services, actor, document_id)
            left = end - time.monotonic()
            if document["status"] in FINAL or left <= 0:
                return document
            if not await finished.wait(left):
                return document  # the time is up, or the server stops; nothing was told, so this is it


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
