"""What a request costs the server: CPU per request, as a multiple of a bare ASGI handler on asyncpg.

Both servers run as processes of their own, on the same database, one after the other, in the same run.

    python benchmarks/server.py
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from server_stub.jobs import schema
from server_stub.migrations import commands
from server_stub.migrations.url import parse
from server_stub.storage.embedded import EmbeddedPostgres

REQUESTS = int(os.environ.get("ABLAGE_BENCH_REQUESTS", "3000"))
CONNECTIONS = 8
DOCUMENTS = 1000
KEY = "ak_test_" + "b" * 43
TEXT = "Rechnung über Lieferungen " * 24
BARE = """
import json, os, uuid
import asyncpg, orjson
pool = None
async def app(scope, receive, send):
    global pool
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                pool = await asyncpg.create_pool(**json.loads(os.environ["BARE"]), min_size=8, max_size=8)
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    last = scope["path"].rsplit("/", 1)[-1]
    async with pool.acquire() as connection:
        if last == "documents":
            rows = await connection.fetch(
                "SELECT to_jsonb(d) - 'ocr_result' AS j FROM documents d "
                "ORDER BY created_at DESC, id DESC LIMIT 50")
            body = b"[" + b",".join(row["j"].encode() for row in rows) + b"]"
        else:
            row = await connection.fetchrow("SELECT to_jsonb(d) AS j FROM documents d WHERE id = $1",
                                            uuid.UUID(last))
            body = row["j"].encode()
    await send({"type": "http.response.start", "status": 200, "headers": [
        (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ablage-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        postgres = EmbeddedPostgres(home / "postgres")
        postgres.start()
        try:
            asyncio.run(measure(home, postgres.url()))
        finally:
            postgres.stop()


async def measure(home: Path, url: str) -> None:
    await asyncio.to_thread(commands.upgrade, url)
    await schema.ensure(parse(url))
    (home / "bare.py").write_text(BARE)
    address = parse(url)
    arguments = {"user": "postgres", "database": address.database, "host": address.query["host"]}
    bare = start(home, "bare:app", {"BARE": httpx.Response(200, json=arguments).text}, 8801)
    try:
        await until_up(8801)
        ablage = start(
            home, "bench_app:app",
            {"DATABASE_URL": url, "ABLAGE_DATA_DIR": str(home / "data"), "ABLAGE_BOOTSTRAP_API_KEY": KEY,
             "ABLAGE_WORKER_CONCURRENCY": "0", "ABLAGE_RATE_LIMIT": "1000000/second",
             "ABLAGE_LOG_LEVEL": "WARNING"}, 8802,
        )  # fmt: skip
        try:
            await until_up(8802)
            ident = await fill(arguments)
            rows = [
                ("GET document", f"/{ident}", f"/api/v2/documents/{ident}", 2.5, REQUESTS),
                ("GET list of 50", "/documents", "/api/v2/documents?limit=50", 3.0, REQUESTS // 10),
            ]
            for name, plain, ours, goal, count in rows:
                await load(8801, plain, 200)
                await load(8802, ours, 200)
                base = await cost(bare, 8801, plain, count)
                cpu = await cost(ablage, 8802, ours, count)
                print(f"{name}: bare {base * 1e6:.0f} µs, server {cpu * 1e6:.0f} µs CPU per request, "
                      f"{cpu / base:.2f} × (goal ≤ {goal:g} ×)")  # fmt: skip
        finally:
            stop(ablage)
    finally:
        stop(bare)


def start(home: Path, target: str, environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    (home / "bench_app.py").write_text("from server_stub.app import create_app\napp = create_app()\n")
    return subprocess.Popen(
        [sys.executable, "-m", "uvicorn", target, "--port", str(port),
         "--loop", "uvloop", "--http", "httptools",
         "--no-access-log", "--no-server-header", "--log-level", "warning"],
        cwd=home, env={**os.environ, **environment, "PYTHONPATH": str(home)},
    )  # fmt: skip


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(30)


async def until_up(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise TimeoutError(port)


async def fill(arguments: dict[str, Any]) -> str:
    connection = await asyncpg.connect(**arguments)
    await connection.execute(
        """
        INSERT INTO documents (user_id, filename, storage_key, size, mime_type, status, extracted_text,
            confidence_score, ocr_result, page_count, sha256, created_at)
        SELECT (SELECT id FROM users LIMIT 1), 'r' || n || '.pdf', 'k', 2048, 'application/pdf', 'completed',
            $1, 0.95, jsonb_build_object('version', '2.0', 'text', $1::text, 'confidence', 0.95,
                'backend', 'auto',
                'metadata', '{"language": "de", "pages": 1, "processing_time": 0.1}'::jsonb,
                'blocks', jsonb_build_array(jsonb_build_object('text', 'Rechnung',
                    'bbox', '[1,2,3,4]'::jsonb,
                    'confidence', 0.9, 'type', 'line', 'page', 1))), 1, repeat('a', 64),
            now() - n * interval '1 second'
        FROM generate_series(1, $2::int) AS n
        """,
        TEXT, DOCUMENTS,
    )  # fmt: skip
    await connection.execute("ANALYZE documents")
    ident = await connection.fetchval("SELECT id FROM documents LIMIT 1")
    await connection.close()
    return str(ident)


async def cost(process: subprocess.Popen[bytes], port: int, path: str, count: int) -> float:
    """Return the CPU seconds per request, the best of three rounds."""
    watched = psutil.Process(process.pid)
    best = float("inf")
    for _ in range(3):
        before = watched.cpu_times()
        await load(port, path, count)
        after = watched.cpu_times()
        best = min(best, (after.user + after.system - before.user - before.system) / count)
    return best


async def load(port: int, path: str, count: int) -> float:
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n\r\n".encode()

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(number):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
            await reader.readexactly(int(length))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client(count // CONNECTIONS) for _ in range(CONNECTIONS)))
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
