"""What waiting costs: the delay that ``upload_and_wait`` adds, and CPU while nothing happens; and tracing."""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
import uuid
from pathlib import Path

from ablage_sdk import AblageSDK, WaitTimeoutError, _telemetry
from benchmarks._responder import DOCUMENT, responder
from benchmarks.sdk_resources import row
from server_stub.testing import AblageServer

INVOICE = Path(__file__).parents[1] / "examples" / "documents" / "invoice.pdf"
UPLOADS = 15
IDLE_SECONDS = 10.0
CALLS = 400


def latency() -> bool:
    """Measure how much later than the server the client knows that a document is done."""
    late = []
    with AblageServer() as server, server.sdk() as sdk:
        for _ in range(UPLOADS + 1):
            content = INVOICE.read_bytes() + b"\n% " + uuid.uuid4().hex.encode()
            document = sdk.documents.upload_and_wait(content, filename="a.pdf")
            assert document.completed_at is not None
            late.append((time.time() - document.completed_at.timestamp()) * 1000)
    late = late[1:]  # the first one finds everything cold
    name = "upload_and_wait: after the server is done"
    return row(f"{name}, median", statistics.median(late), "ms", 250) & row(
        f"{name}, worst", max(late), "ms", 250
    )


def idle() -> bool:
    """Measure the CPU of waiting for a server that cannot hold its answer: the worse case."""
    with responder() as url, AblageSDK("k", url) as sdk:
        sdk.documents.get("pending")
        start, began = time.process_time(), time.perf_counter()
        with contextlib.suppress(WaitTimeoutError):
            sdk.documents.wait_for_completion("pending", timeout=IDLE_SECONDS)
        share = (time.process_time() - start) / (time.perf_counter() - began)
    return row("waiting, asking again and again: CPU", share * 100, "%", 1)


def tracing() -> bool:
    """Measure what a call pays for OpenTelemetry that is installed and imported, but not set up."""
    import opentelemetry.trace  # noqa: F401, PLC0415 - as a program with other instrumentation does

    with responder() as url, AblageSDK("k", url) as sdk:
        for _ in range(50):
            sdk.documents.get(str(DOCUMENT["id"]))
        start = time.process_time()
        for _ in range(CALLS):
            sdk.documents.get(str(DOCUMENT["id"]))
        call = (time.process_time() - start) / CALLS
    repeats = 20_000
    start = time.process_time()
    for _ in range(repeats):
        _telemetry.tracer()
    return row(
        "OpenTelemetry, not set up: share of a call",
        (time.process_time() - start) / repeats / call * 100,
        "%",
        1,
    )


def main() -> int:
    """Measure everything."""
    return 0 if all([latency(), idle(), tracing()]) else 1


if __name__ == "__main__":
    sys.exit(main())
