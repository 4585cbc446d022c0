# Generated from ablage_sdk/_async/_waiting.py by scripts/generate_sync.py: do not edit.
"""Waits until recognition of a document ended."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final

from ablage_sdk._concurrency import SyncRuntime
from ablage_sdk._exceptions import ConfigurationError, DocumentFailedError, WaitTimeoutError
from ablage_sdk._models.document import DocumentStatus
from ablage_sdk._policies import retry_after

if TYPE_CHECKING:
    from typing import Protocol

    from ablage_sdk._models.document import Document

    class Get(Protocol):
        """``documents.get``."""

        def __call__(self, document_id: str, *, wait: float | None = None) -> Document: ...


#: Seconds for which the server is asked to hold the answer: proxies give up after 60.
_HOLD: Final = 50.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0


def wait_for_completion(
    get: Get, document_id: str, *, timeout: float | None, raise_on_failure: bool
) -> Document:
    """Wait; see `Documents.wait_for_completion`."""
    if timeout is not None and timeout <= 0:
        msg = f"timeout must be more than 0 seconds, or None to wait for ever; got {timeout!r}"
        raise ConfigurationError(msg)
    started, pause = time.monotonic(), _FIRST_PAUSE
    while True:
        asked = time.monotonic()
        left = _HOLD if timeout is None else timeout - (asked - started)
        hold = min(_HOLD, max(1.0, left))
        document = get(document_id, wait=hold)
        if document.status.is_final:
            if raise_on_failure and document.status == DocumentStatus.FAILED:
                raise _failed(document)
            return document
        now = time.monotonic()
        if timeout is not None and now - started >= timeout:
            raise WaitTimeoutError(
                f"document {document_id} is still {document.status} after {timeout} s; wait again, or longer",
                document=document,
            )
        if now - asked < hold / 2:
            # The server does not hold answers.
            asked_for = retry_after(document.response_info.headers) if document.response_info else None
            delay = asked_for if asked_for is not None else pause * (0.75 + random.random() / 2)  # noqa: S311 - spreads load
            if timeout is not None:
                delay = min(delay, max(0.0, timeout - (now - started)))
            SyncRuntime.sleep(delay)
            pause = min(_LONGEST_PAUSE, pause * 1.5)


def _failed(document: Document) -> DocumentFailedError:
    error = document.error
    why = f"{error.message} [{error.code}]" if error else "the server does not say why"
    return DocumentFailedError(
        f"recognition of {document.filename} ({document.id}) failed: {why}", document=document
    )
