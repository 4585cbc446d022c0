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
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ablage_sdk import AblageSDK, AsyncAblageSDK
from benchmarks._responder import DOCUMENT, responder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUNDS = 25
CALLS = 60
TASKS = 50
KEY = "ak_test_0123456789"
Library: TypeAlias = Literal["httpx", "httpx2"]
LIBRARIES: tuple[Library, ...] = ("httpx", "httpx2")
#: Shares that must not be exceeded.
SINGLE, MANY, THROUGHPUT = 1.10, 1.15, 0.9


def ratio(bare: list[float], typed: list[float]) -> float:
    """Return the median of the ratios of neighbouring rounds."""
    return statistics.median(b / a for a, b in zip(bare, typed, strict=True))


def line(name: str, bare: float, typed: float, share: float, bound: float) -> bool:
    """Print a row; return whether it is within its bound."""
    good = share <= bound
    print(f"{name:34} {bare:9.0f} {typed:9.0f} {share:7.2f}   ≤ {bound:.2f}  {'ok' if good else 'MISSED'}")
    return good


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
    return line(
        f"{library}, sync, one by one",
        statistics.median(bare_times),
        statistics.median(typed_times),
        ratio(bare_times, typed_times),
        SINGLE,
    )


async def measure(
    runs: list[tuple[Callable[[], Awaitable[None]], list[float], list[float]]], calls: int
) -> None:
    """Measure CPU and wall time per call (µs), in turns."""
    for run, _, _ in runs:
        await run()
    for number in range(ROUNDS):
        for run, cpu, wall in runs if number % 2 else reversed(runs):
            gc.collect()
            start, began = time.process_time(), time.perf_counter()
            await run()
            cpu.append((time.process_time() - start) / calls * 1e6)
            wall.append((time.perf_counter() - began) / calls * 1e6)


async def asynchronous(library: Library, url: str) -> bool:
    """Measure one call after another, and 50 tasks at a time, asynchronously."""
    module: Any = importlib.import_module(library)
    address = f"{url}/api/v2/documents/{DOCUMENT['id']}"
    document_id = str(DOCUMENT["id"])
    headers = {"Authorization": f"Bearer {KEY}"}
    limits = module.Limits(max_connections=100, max_keepalive_connections=100)
    good = True
    async with (
        module.AsyncClient(headers=headers, limits=limits) as bare,
        AsyncAblageSDK(KEY, url, http_library=library) as sdk,
    ):

        async def bare_call() -> None:
            json.loads((await bare.get(address)).raise_for_status().content)

        async def typed_call() -> None:
            await sdk.documents.get(document_id)

        def one_by_one(call: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
            async def run() -> None:
                for _ in range(CALLS):
                    await call()

            return run

        def together(call: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
            async def run() -> None:
                async def several() -> None:
                    for _ in range(4):
                        await call()

                await asyncio.gather(*(several() for _ in range(TASKS)))

            return run

        for name, shape, calls, bound in (
            ("one by one", one_by_one, CALLS, SINGLE),
            (f"{TASKS} tasks, CPU", together, TASKS * 4, MANY),
        ):
            b_cpu: list[float] = []
            b_wall: list[float] = []
            t_cpu: list[float] = []
            t_wall: list[float] = []
            await measure([(shape(bare_call), b_cpu, b_wall), (shape(typed_call), t_cpu, t_wall)], calls)
            good &= line(
                f"{library}, async, {name}",
                statistics.median(b_cpu),
                statistics.median(t_cpu),
                ratio(b_cpu, t_cpu),
                bound,
            )
        throughput = 1 / ratio(b_wall, t_wall)
        good &= throughput >= THROUGHPUT
        print(
            f"{f'{library}, async, {TASKS} tasks, calls/s':34} {1e6 / statistics.median(b_wall):9.0f} "
            f"{1e6 / statistics.median(t_wall):9.0f} {throughput:7.2f}   ≥ {THROUGHPUT:.2f}  "
            f"{'ok' if throughput >= THROUGHPUT else 'MISSED'}"
        )
    return good


def main() -> int:
    """Measure with both libraries."""
    print(f"{'µs of CPU per typed documents.get':34} {'bare':>9} {'typed':>9} {'ratio':>7}   bound")
    good = True
    with responder() as url:
        for library in LIBRARIES:
            good &= sync(library, url)
            good &= asyncio.run(asynchronous(library, url))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
