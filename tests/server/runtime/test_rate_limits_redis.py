"""Rate limits counted in Redis: shared by replicas, and no reason to refuse anybody when Redis is away."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import httpx

from server_stub.testing import AblageServer
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

LIMIT = 6


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def redis(port: int, folder: Path) -> Iterator[None]:
    """Run a Redis of its own that keeps nothing on disk."""
    program = shutil.which("redis-server")
    assert program, "redis-server is missing. Run: scripts/system-packages.sh tests"
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        until(lambda: answers(port), "Redis answers", timeout=30)
        yield
    finally:
        process.kill()
        process.wait(patient(30))


def answers(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def ask(server: AblageServer, headers: dict[str, str]) -> httpx.Response:
    return httpx.get(f"{server.url}/api/v2/documents", headers=headers, timeout=60)


def failures(server: AblageServer) -> float:
    text = httpx.get(f"{server.url}/metrics", timeout=60).text
    name = "ablage_rate_limit_redis_failures_total "
    return next(float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name))


def test_replicas_share_a_limit_and_an_outage_of_redis_refuses_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()

    def replica(database_url: str | None = None) -> AblageServer:
        return AblageServer(
            database_url=database_url,
            redis_dsn=f"redis://127.0.0.1:{port}/0",
            rate_limit=f"{LIMIT}/hour",
            worker_concurrency=0,
        )

    with ExitStack() as stack:
        with redis(port, tmp_path):
            one = stack.enter_context(replica())
            two = stack.enter_context(replica(one.database_url))
            user = one.new_account("user").headers
            seen = [ask(server, user) for server in (one, two) * (LIMIT // 2)]
            assert {answer.status_code for answer in seen} == {200}
            left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in seen]
            assert left == list(range(LIMIT))[::-1]
            for server in (one, two):
                over = ask(server, user)
                assert (over.status_code, over.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
            assert failures(one) == 0
        # Redis is gone: each replica counts by itself, says so once, and lets requests pass.
        alone = ask(one, user)
        assert (alone.status_code, alone.headers["X-RateLimit-Remaining"]) == (200, str(LIMIT - 1))
        assert ask(one, user).headers["X-RateLimit-Remaining"] == str(LIMIT - 2)
        assert failures(one) == 1
        assert caplog.text.count("Redis cannot be reached; counting alone.") == 1
        with redis(port, tmp_path):

            def shared() -> bool:
                key = one.new_account("user").headers
                left = [ask(server, key).headers["X-RateLimit-Remaining"] for server in (one, two)]
                return left == [str(LIMIT - 1), str(LIMIT - 2)]

            until(shared, "the replicas count together again", timeout=30)
