"""What a call through the old client costs, in CPU time, compared with the same call through the SDK.

Both are measured in turns within one run, against a server that only answers; what is printed is the median
of the ratios of neighbouring rounds. Then 10 000 calls through the old client, which must not grow memory.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import time
import warnings
from typing import TYPE_CHECKING

import psutil

from ablage_client_compat import AblageClient, AsyncAblageClient
from ablage_sdk import AblageSDK, AsyncAblageSDK
from benchmarks._responder import DOCUMENT, responder

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
CALLS = 60
BOUND = 1.25
LONG_LOOP = 10_000
GROWTH_MB = 2.0
KEY = "ak_test_0123456789"
ID = str(DOCUMENT["id"])


def compare(name: str, new: Callable[[], object], old: Callable[[], object]) -> bool:
    """Print a row; return whether it is within the bound."""
    times: tuple[list[float], list[float]] = [], []
    turns = list(zip((new, old), times, strict=True))
    for call, _ in turns:
        for _ in range(CALLS):
            call()
    for number in range(ROUNDS):
        for call, result in turns if number % 2 else reversed(turns):
            gc.collect()
            start = time.process_time()
            for _ in range(CALLS):
                call()
            result.append((time.process_time() - start) / CALLS * 1e6)
    share = statistics.median(b / a for a, b in zip(*times, strict=True))
    good = share <= BOUND
    verdict = f"≤ {BOUND:.2f}  {'ok' if good else 'MISSED'}"
    print(
        f"{name:36} {statistics.median(times[0]):7.0f} {statistics.median(times[1]):7.0f} {share:7.2f}"
        f"   {verdict}",
        flush=True,
    )
    return good


def long_loop(client: AblageClient) -> bool:
    """Print how far memory grows over many calls; return whether it is within the bound."""
    process = psutil.Process()
    for _ in range(500):
        client.documents.get(ID).ocr_result  # noqa: B018  # reading it makes it
    gc.collect()
    before = process.memory_info().rss
    for _ in range(LONG_LOOP):
        client.documents.get(ID).ocr_result  # noqa: B018  # as above
    gc.collect()
    grown = (process.memory_info().rss - before) / 2**20
    good = grown <= GROWTH_MB
    print(f"{LONG_LOOP} calls: memory grew by {grown:.2f} MB   ≤ {GROWTH_MB}  {'ok' if good else 'MISSED'}")
    return good


def main() -> int:
    """Measure dialects A, B/C and the async client."""
    warnings.simplefilter("ignore")  # the cost of noticing a use stays; printing it is not measured
    print(f"{'µs of CPU per call':36} {'SDK':>7} {'old':>7} {'ratio':>7}   bound")

    def new_text() -> tuple[object, object]:
        document = sdk.documents.get(ID)
        return document.extracted_text, document.status

    def old_text() -> tuple[object, object]:
        document = old.get_document(ID)
        return document["extracted_text"], document["status"]

    with responder() as url, AblageSDK(KEY, url) as sdk, AblageClient(KEY, url) as old:
        good = compare("documents.get", lambda: sdk.documents.get(ID), lambda: old.documents.get(ID))
        good &= compare("get_document, text and status", new_text, old_text)
        with asyncio.Runner() as runner:
            new_async, old_async = AsyncAblageSDK(KEY, url), AsyncAblageClient(url, KEY)
            good &= compare(
                "async get_document",
                lambda: runner.run(new_async.documents.get(ID)),
                lambda: runner.run(old_async.get_document(ID)),
            )
            runner.run(new_async.close())
            runner.run(old_async.close())
        good &= compare(
            "documents.get, old OCR dictionary",
            lambda: sdk.documents.get(ID).ocr_result,
            lambda: old.documents.get(ID).ocr_result,
        )
        good &= long_loop(old)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
