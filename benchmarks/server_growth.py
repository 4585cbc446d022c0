"""What a request costs when the archive grows from a thousand documents to a million: time, one by one.

python -m benchmarks.server_growth
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from benchmarks import _servers as servers

if TYPE_CHECKING:
    from benchmarks._servers import Running

SMALL, LARGE = 1000, int(os.environ.get("ABLAGE_BENCH_DOCUMENTS", "1000000"))
REQUESTS = 400
ROUNDS = 3
PATH = "/api/v2/documents"


def main() -> None:
    # What is stored for this measurement alone needs not to survive a power cut.
    settings = {"fsync": "off", "synchronous_commit": "off", "shared_buffers": "512MB", "max_wal_size": "8GB"}
    with servers.archive(**settings) as (home, url), servers.ablage(home, url) as server:
        ident = asyncio.run(servers.fill(url, 1, SMALL, "Rechnung"))
        before = asyncio.run(measure(server, ident))
        began = time.perf_counter()
        asyncio.run(servers.fill(url, SMALL + 1, LARGE, "Rechnung"))
        print(f"{LARGE} documents, stored in {time.perf_counter() - began:.0f} s", flush=True)
        after = asyncio.run(measure(server, ident))
    for name, (small, goal) in before.items():
        large = after[name][0]
        limit = f" (goal ≤ {goal:g} ×)" if goal else ""
        print(f"{name}: {small * 1000:.2f} ms at {SMALL}, {large * 1000:.2f} ms at {LARGE}, "
              f"{large / small:.2f} ×{limit}")  # fmt: skip


async def measure(server: Running, ident: str) -> dict[str, tuple[float, float | None]]:
    """Return the median seconds of each request, and how many times longer it may take in the end."""
    return {
        "GET document": (await seconds(server, f"{PATH}/{ident}"), 1.5),
        "First page of the list": (await seconds(server, f"{PATH}?limit=50"), 1.5),
        "Search for one file name": (await seconds(server, f"{PATH}/search?q=r7.pdf"), None),
    }


async def seconds(server: Running, path: str) -> float:
    """Return the median time of a request, of the least disturbed of some rounds."""
    sent = servers.request("GET", path)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    medians = []
    for _ in range(ROUNDS):
        times = []
        for _ in range(REQUESTS):
            began = time.perf_counter()
            status, body = await servers.exchange(reader, writer, sent)
            times.append(time.perf_counter() - began)
            assert status == 200, body
        medians.append(sorted(times)[REQUESTS // 2])
    writer.close()
    return min(medians)


if __name__ == "__main__":
    main()
