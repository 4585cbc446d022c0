"""What requests cost the server, as multiples of a bare ASGI handler on asyncpg in the same run.

Reads: CPU per request. Uploads of 5 MB: bytes per second, compared with the same parser writing to a file.

    python -m benchmarks.server_requests
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from benchmarks import _servers as servers

if TYPE_CHECKING:
    from benchmarks._servers import Running

REQUESTS = int(os.environ.get("ABLAGE_BENCH_REQUESTS", "3000"))
DOCUMENTS = 1000
ROUNDS = 5
UPLOADS, UPLOAD_CONNECTIONS = 40, 4
CONTENT = b"%PDF-1.7\n" + os.urandom(5_000_000)


def main() -> None:
    with (
        servers.archive() as (home, url),
        servers.ablage(home, url) as ours,
        servers.bare(home, url) as plain,
    ):
        ident = asyncio.run(servers.fill(url, 1, DOCUMENTS))
        reads(ours, plain, ident)
        uploads(ours, plain)
        with servers.ablage(home, url, ABLAGE_LOG_LEVEL="INFO") as logging:
            path = f"/api/v2/documents/{ident}"
            cpu = min(asyncio.run(cost(logging, path, REQUESTS)) for _ in range(ROUNDS))
            print(f"GET document with a line in the log for each request: {cpu * 1e6:.0f} µs CPU")


def reads(ours: Running, plain: Running, ident: str) -> None:
    for name, bare_path, path, goal, count in (
        ("GET document (2 KB)", f"/{ident}", f"/api/v2/documents/{ident}", 2.5, REQUESTS),
        ("GET list of 50", "/documents", "/api/v2/documents?limit=50", 3.0, REQUESTS // 3),
    ):
        # Turn by turn: what else the machine does hits both alike. The least disturbed round counts.
        pairs = [
            (asyncio.run(cost(plain, bare_path, count)), asyncio.run(cost(ours, path, count)))
            for _ in range(ROUNDS)
        ]
        base, cpu = (min(found) for found in zip(*pairs, strict=True))
        print(f"{name}: bare {base * 1e6:.0f} µs, server {cpu * 1e6:.0f} µs CPU per request, "
              f"{cpu / base:.2f} × (goal ≤ {goal:g} ×)", flush=True)  # fmt: skip


async def cost(server: Running, path: str, count: int) -> float:
    """Return the CPU seconds per request."""
    sent = servers.request("GET", path)
    await servers.load(server.port, sent, 80)
    before = server.cpu()
    await servers.load(server.port, sent, count)
    return (server.cpu() - before) / count


def uploads(ours: Running, plain: Running) -> None:
    pairs = [
        (asyncio.run(throughput(plain, "/")), asyncio.run(throughput(ours, "/api/v2/documents")))
        for _ in range(3)
    ]
    base, speed = (max(found) for found in zip(*pairs, strict=True))
    print(f"Upload of 5 MB, {UPLOAD_CONNECTIONS} at once: bare {base:.0f} MB/s, server {speed:.0f} MB/s, "
          f"{speed / base:.2f} × (goal ≥ 0.5 ×)", flush=True)  # fmt: skip


async def throughput(server: Running, path: str) -> float:
    """Return the megabytes that are taken in a second."""
    sent = servers.upload(path, CONTENT)
    began = time.perf_counter()
    await servers.load(server.port, sent, UPLOADS, UPLOAD_CONNECTIONS)
    return UPLOADS * len(CONTENT) / 1e6 / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
