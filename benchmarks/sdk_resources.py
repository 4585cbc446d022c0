"""What the client costs besides calls: importing, constructing, variants, and memory and stalls of uploads.

Each figure is taken in a process of its own. CPU time is used where a busy machine would disturb a clock.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from ablage_sdk import AblageSDK, AsyncAblageSDK
from benchmarks._responder import responder

KEY = "ak_test_0123456789"
MEGABYTE = 1 << 20
UPLOAD = 256 * MEGABYTE
REPEATS = 7


def row(name: str, value: float, unit: str, bound: float) -> bool:
    """Print a figure; return whether it is within its bound."""
    good = value <= bound
    print(f"{name:46} {value:9.2f} {unit:3} ≤ {bound:g}  {'ok' if good else 'MISSED'}", flush=True)
    return good


def cpu_of(program: str) -> float:
    """Return the CPU time (ms) that a program reports, the best of several runs."""
    source = textwrap.dedent(
        f"import time\nstart = time.process_time()\n{program}\nprint(time.process_time() - start)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", source], capture_output=True, check=True)
        for _ in range(REPEATS)
    ]
    return min(float(each.stdout) for each in runs) * 1000


def imports() -> bool:
    """Measure importing and constructing."""
    bare = cpu_of("import httpx, pydantic")
    bare2 = cpu_of("import httpx2, pydantic")
    lazy = cpu_of("import ablage_sdk")
    whole = cpu_of("import httpx\nfrom ablage_sdk import AblageSDK, AsyncAblageSDK, Document")
    whole2 = cpu_of("import httpx2\nfrom ablage_sdk import AblageSDK, AsyncAblageSDK, Document")
    print(f"{'import httpx, pydantic':46} {bare:9.2f} ms\n{'import httpx2, pydantic':46} {bare2:9.2f} ms")
    program = "from ablage_sdk import AblageSDK, AsyncAblageSDK\n"
    program += "start = time.process_time()\nfor _ in range(100): {}"
    return all(
        [
            row("import ablage_sdk", lazy, "ms", 30),
            row("… with client, models and httpx: × bare", whole / bare, "×", 1.3),
            row("… with client, models and httpx2: × bare", whole2 / bare2, "×", 1.3),
            row("AblageSDK(…)", cpu_of(program.format("AblageSDK('k', 'https://a.example')")) / 100, "ms", 1),
            row(
                "AsyncAblageSDK(…)",
                cpu_of(program.format("AsyncAblageSDK('k', 'https://a.example')")) / 100,
                "ms",
                1,
            ),
        ]
    )


def variants() -> bool:
    """Measure with_options."""
    sdk = AblageSDK(KEY)
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        for _ in range(10_000):
            sdk.with_options(timeout=5)
        times.append((time.process_time() - start) / 10_000 * 1e6)
    return row("with_options(timeout=5)", statistics.median(times), "µs", 20)


def upload_in_process(kind: str, library: str) -> bool:
    """Measure an upload of 256 MB in a process of its own."""
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.sdk_resources", kind, library],
        capture_output=True,
        check=True,
        text=True,
    )
    figures = json.loads(finished.stdout)
    good = row(f"256 MB upload, {kind}, {library}: memory", figures["memory"], "MB", 4)
    if "stall" in figures:
        good &= row(f"256 MB upload, {kind}, {library}: longest stall", figures["stall"], "ms", 10)
    return good


def peak() -> float:
    """Return the most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def upload(kind: str, library: str) -> None:
    """Upload a small file and then a big one, and print by how much memory grew."""
    os.environ["PYTHONHASHSEED"] = "0"
    with tempfile.TemporaryDirectory() as folder, responder() as url:
        small, big = Path(folder, "small.pdf"), Path(folder, "big.pdf")
        small.write_bytes(b"\0" * 2 * MEGABYTE)
        with big.open("wb") as file:
            file.truncate(UPLOAD)
        arguments = {"api_key": KEY, "base_url": url, "http_library": library}
        if kind == "sync":
            with AblageSDK(**arguments) as sdk:  # type: ignore[arg-type]  # from the command line
                sdk.documents.upload(small)
                before = peak()
                sdk.documents.upload(big)
            print(json.dumps({"memory": peak() - before}))
        else:
            print(json.dumps(asyncio.run(upload_async(arguments, small, big))))


async def upload_async(arguments: dict[str, str], small: Path, big: Path) -> dict[str, float]:
    """The same in an event loop, with the longest time for which nothing else got its turn (CPU, ms)."""
    longest = 0.0

    async def heartbeat() -> None:
        nonlocal longest
        while True:
            start = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - start)

    async with AsyncAblageSDK(**arguments) as sdk:  # type: ignore[arg-type]  # from the command line
        await sdk.documents.upload(small)
        before = peak()
        beating = asyncio.create_task(heartbeat())
        await sdk.documents.upload(big)
        beating.cancel()
    return {"memory": peak() - before, "stall": longest * 1000}


def main() -> int:
    """Measure everything, or one upload."""
    if len(sys.argv) == 3:
        upload(*sys.argv[1:])
        return 0
    good = [imports(), variants()]
    good += [
        upload_in_process(kind, library) for kind in ("sync", "async") for library in ("httpx", "httpx2")
    ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
