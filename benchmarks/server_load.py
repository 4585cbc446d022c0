"""How the server bears a crowd: 200 clients at once for a minute, and its memory over 100 000 requests.

python -m benchmarks.server_load
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from benchmarks import _servers as servers

if TYPE_CHECKING:
    from benchmarks._servers import Running

CLIENTS = 200
SECONDS = float(os.environ.get("ABLAGE_BENCH_SECONDS", "60"))
REQUESTS = int(os.environ.get("ABLAGE_BENCH_REQUESTS", "100000"))
DOCUMENTS = 1000
PATH = "/api/v2/documents"
#: What the clients do, and how often of a hundred times.
MIX = {"get": 50, "list": 20, "search": 10, "text": 10, "v1 get": 5, "upload": 3, "change": 2}


def main() -> None:
    with servers.archive() as (home, url):
        with servers.ablage(home, url, ABLAGE_WORKER_CONCURRENCY="1") as server:
            ident = asyncio.run(servers.fill(url, 1, DOCUMENTS))
            asyncio.run(crowd(server, ident))
        with servers.ablage(home, url) as server:
            asyncio.run(memory(server, ident))


async def crowd(server: Running, ident: str) -> None:
    """Let many clients work at once and count what goes wrong."""
    sent = requests(ident)
    seconds: dict[str, list[float]] = defaultdict(list)
    errors: Counter[str] = Counter()
    end = time.monotonic() + SECONDS

    async def client(number: int) -> None:
        chosen = random.Random(number)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        while time.monotonic() < end:
            [kind] = chosen.choices(list(MIX), list(MIX.values()))
            began = time.perf_counter()
            try:
                status, _ = await servers.exchange(reader, writer, sent[kind])
            except (OSError, asyncio.IncompleteReadError) as error:
                errors[f"{kind}: {type(error).__name__}"] += 1
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                continue
            seconds[kind].append(time.perf_counter() - began)
            if status not in {200, 201}:
                errors[f"{kind}: {status}"] += 1
        writer.close()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    total = sum(map(len, seconds.values()))
    print(f"{CLIENTS} clients for {SECONDS:g} s: {total} requests, {total / SECONDS:.0f} per second, "
          f"{errors.total()} errors {dict(errors) or ''} (goal: none)")  # fmt: skip
    for kind in MIX:
        times = sorted(seconds[kind])
        print(f"  {kind:<7} {len(times):>6} requests, median {times[len(times) // 2] * 1000:>4.0f} ms, "
              f"99 % {times[len(times) * 99 // 100] * 1000:>5.0f} ms, longest {times[-1] * 1000:>5.0f} ms",
              flush=True)  # fmt: skip


def requests(ident: str) -> dict[str, bytes]:
    """Return a request of each kind."""
    change = json.dumps({"metadata": {"seen": True}}).encode()
    return {
        "get": servers.request("GET", f"{PATH}/{ident}"),
        "list": servers.request("GET", f"{PATH}?limit=50"),
        "search": servers.request("GET", f"{PATH}/search?q=r500.pdf&limit=10"),
        "text": servers.request("GET", f"{PATH}/{ident}/extracted-text"),
        "v1 get": servers.request("GET", f"/api/v1/documents/{ident}"),
        "upload": servers.upload(PATH, b"%PDF-1.4\n" + b"x" * 2000),
        "change": servers.request("PATCH", f"{PATH}/{ident}", change),
    }


async def memory(server: Running, ident: str) -> None:
    """Print the memory after a tenth of many requests, and after all of them."""
    kinds = requests(ident)
    measured = []
    for count in (REQUESTS // 10, REQUESTS - REQUESTS // 10):
        for kind, share in MIX.items():
            part = "get" if kind == "upload" else kind  # documents that pile up are no leak
            await servers.load(server.port, kinds[part], count * share // 100)
        measured.append(server.rss())
    growth = measured[1] / measured[0]
    print(
        f"Memory: {measured[0]:.1f} MB after {REQUESTS // 10} requests, "
        f"{measured[1]:.1f} MB after {REQUESTS}, {growth:.2f} × (goal ≤ 1.05 ×)"
    )


if __name__ == "__main__":
    main()
