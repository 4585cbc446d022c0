"""The job that recognises the text of one document."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from procrastinate.retry import BaseRetryStrategy, RetryDecision

from server_stub import ocr
from server_stub.observability import metrics
from server_stub.observability.logs import get_logger
from server_stub.ocr import OcrError
from server_stub.services import processing

if TYPE_CHECKING:
    from uuid import UUID

    from procrastinate.jobs import Job

    from server_stub.services.context import Services

log = get_logger(__name__)

#: How often a document is tried when workers die or the database is away in the middle of it. What is wrong
#: with the document itself is no reason to try again.
MAX_ATTEMPTS = 5


class Retry(BaseRetryStrategy):
    """Try again after 2, 4, 8, 16 seconds; at once when the worker was merely stopped."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Decide on what happens after an exception."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()
        if job.attempts + 1 >= MAX_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": 2 ** (job.attempts + 1)})


async def recognize(services: Services, document_id: UUID, *, attempt: int) -> None:
    """Recognise a document's text and store it, or why that was impossible.

    Safe to repeat and to interrupt: the document changes in one transaction at the end, and only if nobody
    else finished it meanwhile.

    Args:
        services: The running server.
        document_id: Which document.
        attempt: How often this was tried before.
    """
    work = await processing.begin(services, document_id)
    if work is None:
        return
    if attempt >= MAX_ATTEMPTS:
        message = "Recognition was interrupted too often. Start it again with reprocess."
        await _fail(services, document_id, "OCR_FAILED", message)
        return
    try:
        started = time.perf_counter()
        async with services.files.as_path(work.storage_key) as path:
            result = await ocr.run(
                path,
                mime_type=work.mime_type,
                backend=work.backend,
                language=work.language,
                timeout=services.settings.ocr_timeout_seconds,
            )
    except OcrError as error:
        await _fail(services, document_id, error.code, error.message)
    except FileNotFoundError:
        await _fail(services, document_id, "OCR_FAILED", "The stored file is missing. Upload it again.")
    else:
        metrics.OCR_SECONDS.labels(result.backend).observe(time.perf_counter() - started)
        stored = await processing.complete(services, document_id, result)
        log.info(
            "Recognised.", document_id=str(document_id), backend=result.backend, pages=result.page_count,
            stored=stored,
        )  # fmt: skip


async def give_up(services: Services, document_id: UUID) -> None:
    """End a document whose job failed for good, so that nobody waits for it for ever."""
    message = "Recognition failed for a reason inside the server. Start it again with reprocess."
    await _fail(services, document_id, "OCR_FAILED", message)


async def _fail(services: Services, document_id: UUID, code: str, message: str) -> None:
    metrics.OCR_FAILURES.labels(code).inc()
    await processing.fail(services, document_id, code, message)
    log.info("Recognition failed.", document_id=str(document_id), code=code)
