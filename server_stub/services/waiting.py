"""Waiting for a document to be finished, without asking the database again and again."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from server_stub.services.documents import get
from server_stub.services.processing import FINAL
from server_stub.storage.queries.documents import FINISHED_CHANNEL

if TYPE_CHECKING:
    from uuid import UUID

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.storage.queries.document_fields import Document

#: So many of those who wait look at the database at once; a thousand that are woken together would else
#: take all connections from everybody.
AT_ONCE = 4

_semaphores: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


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
