"""What a typed call costs, in CPU time, compared with the bare HTTP library and ``json.loads``.

Both are measured in turns within one run, against a server that only answers; what is printed is the median
of the ratios of neighbouring rounds, which a busy machine does not move. The clients of OpenAI and Stripe,
when installed (``pip install --group bench``), read the same 2 KB from the same server, each compared with
the HTTP library that it stands on.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import statistics
import sys
import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ablage_sdk import AblageSDK, AsyncAblageSDK
from benchmarks import _rivals as rivals
from benchmarks._responder import DOCUMENT, responder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Call: TypeAlias = Callable[[], object]
    AsyncCall: TypeAlias = Callable[[], Awaitable[object]]

ROUNDS = 15
CALLS = 60
TASKS = 50
KEY = "ak_test_0123456789"
ID = str(DOCUMENT["id"])
Library: TypeAlias = Literal["httpx", "httpx2"]
LIBRARIES: tuple[Library, ...] = ("httpx", "httpx2")
#: Shares that must not be exceeded.
SINGLE, MANY, THROUGHPUT = 1.10, 1.15, 0.9


@dataclass
class Times:
    """Per call, in µs, one figure for each round."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


def row(name: str, bare: list[float], typed: list[float], bound: float | None) -> bool:
    """Print a row with the median of the ratios; return whether it is within its bound."""
    share = statistics.median(b / a for a, b in zip(bare, typed, strict=True))
    verdict = "" if bound is None else f"≤ {bound:.2f}  {'ok' if share <= bound else 'MISSED'}"
    print(
        f"{name:38} {statistics.median(bare):7.0f} {statistics.median(typed):7.0f} {share:7.2f}   {verdict}",
        flush=True,
    )
    return bound is None or share <= bound


def measure(name: str, bare: Call, typed: Call, bound: float | None) -> bool:
    """Measure one call after another, synchronously."""
    times = Times(), Times()
    turns = list(zip((bare, typed), times, strict=True))
    for number in range(-1, ROUNDS):
        for call, result in turns if number % 2 else reversed(turns):
            gc.collect()
            start = time.process_time()
            for _ in range(CALLS):
                call()
            if number >= 0:
                result.cpu.append((time.process_time() - start) / CALLS * 1e6)
    return row(f"{name}, sync, one by one", times[0].cpu, times[1].cpu, bound)


async def measure_async(name: str, bare: AsyncCall, typed: AsyncCall, *, bounded: bool) -> bool:
    """Measure one call after another, and 50 tasks at a time, asynchronously."""
    one = await in_turns(one_by_one(bare), one_by_one(typed), CALLS)
    many = await in_turns(together(bare), together(typed), TASKS * 4)
    single, several, elapsed = (SINGLE, MANY, 1 / THROUGHPUT) if bounded else (None, None, None)
    return all(
        [
            row(f"{name}, async, one by one", one[0].cpu, one[1].cpu, single),
            row(f"{name}, async, {TASKS} tasks", many[0].cpu, many[1].cpu, several),
            row(f"{name}, async, {TASKS} tasks, elapsed", many[0].wall, many[1].wall, elapsed),
        ]
    )


async def in_turns(bare: AsyncCall, typed: AsyncCall, calls: int) -> tuple[Times, Times]:
    """Measure rounds of both in turns."""
    times = Times(), Times()
    runs = list(zip((bare, typed), times, strict=True))
    for number in range(-1, ROUNDS):
        for run, result in runs if number % 2 else reversed(runs):
            gc.collect()
            start, began = time.process_time(), time.perf_counter()
            await run()
            if number >= 0:
                result.cpu.append((time.process_time() - start) / calls * 1e6)
                result.wall.append((time.perf_counter() - began) / calls * 1e6)
    return times


def one_by_one(call: AsyncCall) -> AsyncCall:
    """Return a round of calls, one after another."""

    async def run() -> None:
        for _ in range(CALLS):
            await call()

    return run


def together(call: AsyncCall) -> AsyncCall:
    """Return a round of calls from many tasks."""

    async def several() -> None:
        for _ in range(4):
            await call()

    async def run() -> None:
        await asyncio.gather(*(several() for _ in range(TASKS)))

    return run


def ours(library: Library, url: str) -> bool:
    """Measure this project's clients on one HTTP library."""
    module: Any = importlib.import_module(library)
    address, headers = f"{url}/api/v2/documents/{ID}", {"Authorization": f"Bearer {KEY}"}
    with ExitStack() as stack:
        bare = stack.enter_context(module.Client(headers=headers))
        sdk = stack.enter_context(AblageSDK(KEY, url, http_library=library))
        good = measure(
            library,
            lambda: json.loads(bare.get(address).raise_for_status().content),
            lambda: sdk.documents.get(ID),
            SINGLE,
        )

    async def asynchronous() -> bool:
        async with AsyncExitStack() as stack:
            limits = module.Limits(max_connections=100, max_keepalive_connections=100)
            bare = await stack.enter_async_context(module.AsyncClient(headers=headers, limits=limits))
            sdk = await stack.enter_async_context(AsyncAblageSDK(KEY, url, http_library=library))

            async def bare_call() -> object:
                return json.loads((await bare.get(address)).raise_for_status().content)

            return await measure_async(library, bare_call, lambda: sdk.documents.get(ID), bounded=True)

    return good & asyncio.run(asynchronous())


def theirs(url: str) -> None:
    """Measure the clients of others, where installed."""
    for rival in rivals.installed():
        with ExitStack() as stack:
            bare, typed = rival.calls(stack, url)
            measure(rival.title, bare, typed, None)

        async def asynchronous(rival: rivals.Rival = rival) -> None:
            async with AsyncExitStack() as stack:
                bare, typed = await rival.async_calls(stack, url)
                await measure_async(rival.async_title, bare, typed, bounded=False)

        asyncio.run(asynchronous())


def main() -> int:
    """Measure with both libraries, then the others."""
    print(f"{'µs of CPU per call':38} {'bare':>7} {'typed':>7} {'ratio':>7}   bound")
    with responder() as url:
        good = [ours(library, url) for library in LIBRARIES]
        theirs(url)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
