"""What the client costs besides calls: importing, constructing, variants, and memory and stalls of uploads.

Each figure is taken in a process of its own. CPU time is used where a busy machine would disturb a clock.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ablage_sdk import AblageSDK, AsyncAblageSDK
from benchmarks import _rivals as rivals
from benchmarks._responder import responder

KEY = "ak_test_0123456789"
MEGABYTE = 1 << 20
UPLOAD = 256 * MEGABYTE
REPEATS = 7
LIBRARIES = ("httpx", "httpx2")


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
    # Installed packages are compiled; a checkout is after the first run, where that is not forbidden.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs = [
        subprocess.run([sys.executable, "-c", source], capture_output=True, check=True, env=environment)
        for _ in range(REPEATS)
    ]
    return min(float(each.stdout) for each in runs) * 1000


def imports() -> bool:
    """Measure importing and constructing.

    Pydantic loads itself lazily: ``import pydantic`` alone loads next to nothing of it. A program that has a
    model is compared with a program that defines one.
    """
    model = "\nfrom pydantic import BaseModel\nclass Model(BaseModel):\n    id: str"
    ours = "from ablage_sdk import AblageSDK"
    good = [row("import ablage_sdk", cpu_of("import ablage_sdk"), "ms", 30)]
    for library in ("httpx", "httpx2"):
        bare = cpu_of(f"import {library}, pydantic")
        bare_model = cpu_of(f"import {library}{model}")
        client = cpu_of(f"import {library}\n{ours}\nAblageSDK('k')")
        whole = cpu_of(f"import {library}\n{ours}, AsyncAblageSDK, Document\nAblageSDK('k').documents")
        print(f"{f'import {library}, pydantic':46} {bare:9.2f} ms")
        print(f"{f'import {library}, and a pydantic model':46} {bare_model:9.2f} ms")
        good += [
            row(f"a client, and {library}: × import both", client / bare, "×", 1.3),
            row(f"… more than {library} alone", client - cpu_of(f"import {library}"), "ms", 30),
            row(f"clients, models, {library}: × with a model", whole / bare_model, "×", 1.3),
        ]
    for name, program in (
        ("openai", "import openai\nopenai.OpenAI(api_key='k').files"),
        ("stripe", "import stripe\nstripe.StripeClient('k').v1.customers"),
    ):
        if importlib.util.find_spec(name) is not None:
            print(f"{f'import {name}, and a client':46} {cpu_of(program):9.2f} ms")
    program = f"{ours}, AsyncAblageSDK\nstart = time.process_time()\nfor _ in range(100): {{}}"
    for call in ("AblageSDK('k', 'https://a.example')", "AsyncAblageSDK('k', 'https://a.example')"):
        good.append(
            row(call.replace("'k', 'https://a.example'", "…"), cpu_of(program.format(call)) / 100, "ms", 1)
        )
    return all(good)


def packages() -> bool:
    """Count what ``pip install ablage-sdk`` brings along, itself included."""
    wanted, found = ["ablage-sdk"], set[str]()
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name not in found:
            found.add(name)
            needs = map(Requirement, metadata.requires(name) or [])
            wanted += [
                each.name for each in needs if each.marker is None or each.marker.evaluate({"extra": ""})
            ]
    return row("packages of a base install", len(found), "", 12)


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


def upload_in_process(kind: str, client: str) -> bool:
    """Measure an upload of 256 MB in a process of its own."""
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.sdk_resources", kind, client],
        capture_output=True,
        text=True,
        check=False,
    )
    name = f"256 MB upload, {kind}, {client}"
    if finished.returncode:
        print(f"{name}: {finished.stderr.strip().splitlines()[-1][:80]}")
        return client not in LIBRARIES
    figures = json.loads(finished.stdout)
    bounds = {"memory": ("MB", 4.0), "stall": ("ms", 10.0)}
    good = True
    for figure, value in figures.items():
        unit, bound = bounds[figure]
        if client in LIBRARIES:
            good &= row(f"{name}: {figure}", value, unit, bound)
        else:
            print(f"{f'{name}: {figure}':46} {value:9.2f} {unit}")
    return good


def peak() -> float:
    """Return the most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Ours:
    """This project's clients, on one HTTP library."""

    def __init__(self, library: str) -> None:
        self._library: Any = library

    def upload(self, url: str, path: Path) -> None:
        """Upload a file."""
        with AblageSDK(KEY, url, http_library=self._library) as sdk:
            sdk.documents.upload(path)

    async def upload_async(self, url: str, path: Path) -> None:
        """Upload a file."""
        async with AsyncAblageSDK(KEY, url, http_library=self._library) as sdk:
            await sdk.documents.upload(path)


def upload(kind: str, name: str) -> None:
    """Upload a small file and then a big one, and print by how much memory grew."""
    client = (
        Ours(name) if name in LIBRARIES else next(each for each in rivals.installed() if each.name == name)
    )
    with tempfile.TemporaryDirectory() as folder, responder() as url:
        small, big = Path(folder, "small.pdf"), Path(folder, "big.pdf")
        small.write_bytes(b"\0" * 2 * MEGABYTE)
        with big.open("wb") as file:
            file.truncate(UPLOAD)
        if kind == "sync":
            client.upload(url, small)
            before = peak()
            client.upload(url, big)
            print(json.dumps({"memory": peak() - before}))
        else:
            print(json.dumps(asyncio.run(upload_async(client, url, small, big))))


async def upload_async(client: Ours | rivals.Rival, url: str, small: Path, big: Path) -> dict[str, float]:
    """The same in an event loop, with the longest time for which nothing else got its turn (CPU, ms)."""
    longest = 0.0

    async def heartbeat() -> None:
        nonlocal longest
        while True:
            start = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - start)

    await client.upload_async(url, small)
    before = peak()
    beating = asyncio.create_task(heartbeat())
    await client.upload_async(url, big)
    beating.cancel()
    return {"memory": peak() - before, "stall": longest * 1000}


def main() -> int:
    """Measure everything, or one upload."""
    if len(sys.argv) == 3:
        upload(*sys.argv[1:])
        return 0
    good = [imports(), packages(), variants()]
    clients = [*LIBRARIES, *(rival.name for rival in rivals.installed())]
    good += [upload_in_process(kind, client) for kind in ("sync", "async") for client in clients]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
