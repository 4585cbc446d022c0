"""Servers to be measured, each a process of its own on one PostgreSQL, and the requests they get."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import psutil

from server_stub.migrations.url import parse
from server_stub.storage.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "ak_test_" + "b" * 43
TEXT = "Rechnung über Lieferungen " * 24
#: Nothing but the server and PostgreSQL shall be measured: neither a limit, nor recognition, nor a log.
PLAIN = {
    "ABLAGE_RATE_LIMIT": "1000000/second",
    "ABLAGE_WORKER_CONCURRENCY": "0",
    "ABLAGE_LOG_LEVEL": "WARNING",
}
# A server as fast as Python allows: no routes, no accounts, no limits, no headers of note.
BARE = """
import json, os, uuid
import asyncpg
from python_multipart.multipart import MultipartParser, parse_options_header
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
    if scope["method"] == "POST":
        body, status = await upload(scope, receive), 201
    else:
        body, status = await read(scope["path"].rsplit("/", 1)[-1]), 200
    await send({"type": "http.response.start", "status": status, "headers": [
        (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})

async def read(last):
    async with pool.acquire() as connection:
        if last == "documents":
            rows = await connection.fetch(
                "SELECT to_jsonb(d) - 'ocr_result' AS j FROM documents d "
                "ORDER BY created_at DESC, id DESC LIMIT 50")
            return b"[" + b",".join(row["j"].encode() for row in rows) + b"]"
        row = await connection.fetchrow("SELECT to_jsonb(d) AS j FROM documents d WHERE id = $1",
                                        uuid.UUID(last))
        return row["j"].encode()

async def upload(scope, receive):
    content_type = dict(scope["headers"])[b"content-type"]
    with open(f"upload-{uuid.uuid4().hex}", "wb") as file:
        def part(data, start, end):
            file.write(memoryview(data)[start:end])
        parser = MultipartParser(parse_options_header(content_type)[1][b"boundary"], {"on_part_data": part})
        more = True
        while more:
            message = await receive()
            parser.write(message["body"])
            more = message.get("more_body", False)
        parser.finalize()
    os.unlink(file.name)
    return b"{}"
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: its process, and the port it answers at."""

    process: psutil.Process
    port: int

    def cpu(self) -> float:
        """Return the seconds of CPU it has used so far."""
        times = self.process.cpu_times()
        return times.user + times.system

    def rss(self) -> float:
        """Return its memory in MB."""
        return float(self.process.memory_info().rss) / 1e6


@contextmanager
def archive(**settings: str) -> Iterator[tuple[Path, str]]:
    """Start a PostgreSQL in a folder of its own; give the folder and the address of its database."""
    with tempfile.TemporaryDirectory(prefix="ablage-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # for PostgreSQL, which runs as another user when root measures
        postgres = EmbeddedPostgres(home / "postgres", settings)
        postgres.start()
        try:
            yield home, postgres.url()
        finally:
            postgres.stop()


@contextmanager
def ablage(home: Path, url: str, **environment: str) -> Iterator[Running]:
    """Run the real server."""
    process = subprocess.Popen(
        [Path(sys.executable).with_name("ablage-server"), "serve", "--port", "0", "--json"],
        cwd=home,
        env={
            **os.environ, "DATABASE_URL": url, "ABLAGE_DATA_DIR": str(home / "data"),
            "ABLAGE_BOOTSTRAP_API_KEY": KEY, **PLAIN, **environment,
        },
        stdout=subprocess.PIPE,
        stderr=(home / "server.log").open("ab"),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Running(psutil.Process(process.pid), int(told["url"].rpartition(":")[2]))
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def bare(home: Path, url: str, port: int = 8801) -> Iterator[Running]:
    """Run the server that all figures are multiples of."""
    (home / "bare.py").write_text(BARE)
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "bare:app", "--port", str(port), "--loop", "uvloop",
         "--http", "httptools", "--no-access-log", "--no-server-header", "--log-level", "warning"],
        cwd=home, env={**os.environ, "BARE": json.dumps(connection(url)), "PYTHONPATH": str(home)},
    )  # fmt: skip
    try:
        asyncio.run(_until_up(port))
        yield Running(psutil.Process(process.pid), port)
    finally:
        process.terminate()
        process.wait(30)


def connection(url: str) -> dict[str, str]:
    """Return an address as arguments of `asyncpg.connect`."""
    address = parse(url)
    return {"user": "postgres", "database": str(address.database), "host": str(address.query["host"])}


async def fill(url: str, first: int, last: int, text: str = TEXT) -> str:
    """Store documents with these numbers and return the id of the newest one."""
    database = await asyncpg.connect(url)
    await database.execute(
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
        FROM generate_series($2::int, $3::int) AS n
        """,
        text, first, last, timeout=600,
    )  # fmt: skip
    await database.execute("VACUUM ANALYZE documents", timeout=600)
    ident = await database.fetchval("SELECT id FROM documents ORDER BY created_at DESC LIMIT 1")
    await database.close()
    return str(ident)


def request(method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> bytes:
    """Return a request as it goes over the wire."""
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n"
    if body:
        head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def upload(path: str, content: bytes) -> bytes:
    """Return the request that uploads a file."""
    head = b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    return request("POST", path, head + content + b"\r\n--limit--\r\n", "multipart/form-data; boundary=limit")


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes
) -> tuple[int, bytes]:
    """Send a request and return status and body of its answer."""
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return int(head[9:12]), await reader.readexactly(int(length or 0))


async def load(port: int, sent: bytes, count: int, connections: int = 8) -> None:
    """Send one request again and again over some connections, each answer before the next request."""

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(number):
            status, body = await exchange(reader, writer, sent)
            if status not in {200, 201}:
                raise RuntimeError(body.decode())
        writer.close()

    await asyncio.gather(*(client(count // connections) for _ in range(connections)))


async def _until_up(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise TimeoutError(port)
