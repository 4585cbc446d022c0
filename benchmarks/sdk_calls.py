"""What a typed call costs, in CPU time, compared with the bare HTTP library and ``json.loads``.

Both are measured in turns within one run, against a server that only answers; what is printed is the median
of the ratios of neighbouring rounds, which a busy machine does not move.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ablage_sdk import AblageSDK, AsyncAblageSDK
from benchmarks._responder import DOCUMENT, responder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Call: TypeAlias = Callable[[], Awaitable[None]]

ROUNDS = 15
CALLS = 60
TASKS = 50
KEY = "ak_test_0123456789"
Library: TypeAlias = Literal["httpx", "httpx2"]
LIBRARIES: tuple[Library, ...] = ("httpx", "httpx2")
#: Shares that must not be exceeded.
SINGLE, MANY, THROUGHPUT = 1.10, 1.15, 0.9


@dataclass
class Times:
    """Per call, in µs, one figure for each round."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


def ratio(bare: list[float], typed: list[float]) -> float:
    """Return the median of the ratios of neighbouring rounds."""
    return statistics.median(b / a for a, b in zip(bare, typed, strict=True))


def row(name: str, bare: list[float], typed: list[float], bound: float) -> bool:
    """Print a row; return whether it is within its bound."""
    share = ratio(bare, typed)
    print(
        f"{name:36} {statistics.median(bare):7.0f} {statistics.median(typed):7.0f} {share:7.2f}"
        f"   ≤ {bound:.2f}  {'ok' if share <= bound else 'MISSED'}",
        flush=True,
    )
    return share <= bound


def sync(library: Library, url: str) -> bool:
    """Measure one call after another, synchronously."""
    module = importlib.import_module(library)
    address = f"{url}/api/v2/documents/{DOCUMENT['id']}"
    bare_times: list[float] = []
    typed_times: list[float] = []
    with (
        module.Client(headers={"Authorization": f"Bearer {KEY}"}) as bare,
        AblageSDK(KEY, url, http_library=library) as sdk,
    ):
        get = sdk.documents.get
        document_id = str(DOCUMENT["id"])

        def run_bare() -> None:
            for _ in range(CALLS):
                json.loads(bare.get(address).raise_for_status().content)

        def run_typed() -> None:
            for _ in range(CALLS):
                get(document_id)

        run_bare()
        run_typed()
        for number in range(ROUNDS):
            turns = [(run_bare, bare_times), (run_typed, typed_times)]
            for run, times in turns if number % 2 else reversed(turns):
                gc.collect()
                start = time.process_time()
                run()
                times.append((time.process_time() - start) / CALLS * 1e6)
    return row(f"{library}, sync, one by one", bare_times, typed_times, SINGLE)


async def in_turns(bare: Call, typed: Call, calls: int) -> tuple[Times, Times]:
    """Measure rounds of both in turns."""
    times = Times(), Times()
    runs = list(zip((bare, typed), times, strict=True))
    for run, _ in runs:
        await run()
    for number in range(ROUNDS):
        for run, result in runs if number % 2 else reversed(runs):
            gc.collect()
            start, began = time.process_time(), time.perf_counter()
            await run()
            result.cpu.append((time.process_time() - start) / calls * 1e6)
            result.wall.append((time.perf_counter() - began) / calls * 1e6)
    return times


async def asynchronous(library: Library, url: str) -> bool:
    """Measure one call after another, and 50 tasks at a time, asynchronously."""
    module: Any = importlib.import_module(library)
    address = f"{url}/api/v2/documents/{DOCUMENT['id']}"
    document_id = str(DOCUMENT["id"])
    headers = {"Authorization": f"Bearer {KEY}"}
    limits = module.Limits(max_connections=100, max_keepalive_connections=100)
    async with (
        module.AsyncClient(headers=headers, limits=limits) as bare,
        AsyncAblageSDK(KEY, url, http_library=library) as sdk,
    ):

        async def bare_call() -> None:
            json.loads((await bare.get(address)).raise_for_status().content)

        async def typed_call() -> None:
            await sdk.documents.get(document_id)

        one = await in_turns(one_by_one(bare_call), one_by_one(typed_call), CALLS)
        many = await in_turns(together(bare_call), together(typed_call), TASKS * 4)
    return all(
        [
            row(f"{library}, async, one by one", one[0].cpu, one[1].cpu, SINGLE),
            row(f"{library}, async, {TASKS} tasks", many[0].cpu, many[1].cpu, MANY),
            row(f"{library}, async, {TASKS} tasks, elapsed", many[0].wall, many[1].wall, 1 / THROUGHPUT),
        ]
    )


def one_by_one(call: Call) -> Call:
    """Return a round of calls, one after another."""

    async def run() -> None:
        for _ in range(CALLS):
            await call()

    return run


def together(call: Call) -> Call:
    """Return a round of calls from many tasks."""

    async def several() -> None:
        for _ in range(4):
            await call()

    async def run() -> None:
        await asyncio.gather(*(several() for _ in range(TASKS)))

    return run


def main() -> int:
    """Measure with both libraries."""
    print(f"{'µs of CPU per documents.get':36} {'bare':>7} {'typed':>7} {'ratio':>7}   bound")
    good = True
    with responder() as url:
        for library in LIBRARIES:
            good &= sync(library, url)
            good &= asyncio.run(asynchronous(library, url))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
