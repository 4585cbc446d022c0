"""A database that is away is told as 503 `SYS_DATABASE_ERROR`; what else goes wrong is not blamed on it."""

from __future__ import annotations

import contextlib
import secrets
import socket
import struct
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import asyncpg
import httpx
import psycopg
import pytest

from server_stub.storage import database
from server_stub.storage.database import Database
from server_stub.testing import AblageServer
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BOTH_REFUSED = OSError(
    "Multiple exceptions: [Errno 111] Connect call failed ('::1', 5432, 0, 0), "
    "[Errno 111] Connect call failed ('127.0.0.1', 5432)"
)


@pytest.fixture(scope="module")
def alone() -> Iterator[AblageServer]:
    """A server that does nothing by itself."""
    with AblageServer(worker_concurrency=0) as server:
        yield server


@pytest.fixture
def ask(alone: AblageServer) -> Callable[[], httpx.Response]:
    """Asks the server for something that it has to look up."""
    return lambda: get(alone)


def get(server: AblageServer) -> httpx.Response:
    key = {"X-API-Key": "ak_test_" + secrets.token_urlsafe(32)}  # one that it has not seen a moment ago
    return httpx.get(f"{server.url}/api/v2/documents", headers=key, timeout=60)


@pytest.fixture
def at(alone: AblageServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Points the server to another address, as if its database had moved away."""

    def point(url: str) -> None:
        monkeypatch.setattr(alone.runtime.services, "db", Database(url))

    return point


def assert_away(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "SYS_DATABASE_ERROR"), answer.text
    assert answer.headers["Retry-After"] == "5"


def answering(*messages: bytes) -> contextlib.AbstractContextManager[str]:
    """A PostgreSQL that says these messages to whoever connects, and nothing else."""

    def talk(client: socket.socket) -> None:
        client.recv(8)  # whether it speaks TLS
        client.sendall(b"N")
        client.recv(65536)
        for message in messages:
            client.sendall(message)
        client.recv(65536)  # until it hangs up

    return listening(talk)


@contextlib.contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):  # closed: the test is over
                while True:
                    client, _ = listener.accept()
                    with client:
                        talk(client)

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"postgresql://somebody@127.0.0.1:{listener.getsockname()[1]}/none"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def fatal(state: str) -> bytes:
    return message(b"E", f"SFATAL\0VFATAL\0C{state}\0Mnot now\0\0".encode())


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://somebody@no-such-host.invalid/none",
        "postgresql://somebody@127.0.0.1:1/none",
        "postgresql://somebody@/none?host=/nonexistent",
    ],
    ids=["unknown host", "refused", "no socket"],
)
def test_an_address_where_nobody_is(
    at: Callable[..., None], ask: Callable[[], httpx.Response], url: str
) -> None:
    at(url)
    assert_away(ask())


def test_a_host_that_refuses_at_both_its_addresses(
    at: Callable[..., None], ask: Callable[[], httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise BOTH_REFUSED

    monkeypatch.setattr(asyncpg, "connect", refused)
    at("postgresql://somebody@localhost/none")
    assert_away(ask())


def test_a_host_that_does_not_answer(
    at: Callable[..., None], ask: Callable[[], httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CONNECT_TIMEOUT", 0.2)
    with answering() as url:
        at(url)
        assert_away(ask())


@pytest.mark.parametrize("state", ["57P03", "53300"], ids=["starting up", "too many connections"])
def test_a_database_that_takes_no_connection_now(
    at: Callable[..., None], ask: Callable[[], httpx.Response], state: str
) -> None:
    with answering(fatal(state)) as url:
        at(url)
        assert_away(ask())


def test_a_role_without_a_connection_left(
    alone: AblageServer, at: Callable[..., None], ask: Callable[[], httpx.Response]
) -> None:
    role = f"limited_{secrets.token_hex(4)}"
    alone.fetch(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0")
    try:
        at(alone.database_url.replace("postgres@", f"{role}@"))
        assert_away(ask())
    finally:
        alone.fetch(f"DROP ROLE {role}")


@contextlib.contextmanager
def asking(server: AblageServer, requests: int = 1) -> Iterator[list[Future[httpx.Response]]]:
    """Have requests wait in the middle of a statement; give their answers to come."""
    waiting = (
        "SELECT count(*) AS n FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with psycopg.connect(server.database_url) as connection, ThreadPoolExecutor(requests) as pool:
        connection.execute("LOCK TABLE api_keys")
        answers = [pool.submit(get, server) for _ in range(requests)]
        until(lambda: server.fetch(waiting)[0]["n"] == requests, "the requests wait")
        try:
            yield answers
        finally:
            connection.rollback()


def test_no_connection_of_the_pool_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "POOL_TIMEOUT", 0.2)
    with AblageServer(worker_concurrency=0, database_pool_size=1) as server:
        with asking(server, requests=2) as answers:
            assert_away(get(server))
        assert [answer.result(60).status_code for answer in answers] == [401, 401]


def test_a_connection_that_the_database_ends_in_the_middle(
    alone: AblageServer, ask: Callable[[], httpx.Response]
) -> None:
    with asking(alone) as [answer]:
        alone.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        assert_away(answer.result(60))
    assert ask().status_code == 401  # the next one gets another connection


def test_a_connection_that_is_cut_in_the_middle(alone: AblageServer, at: Callable[..., None]) -> None:
    own = httpx.URL(alone.database_url)
    between: list[socket.socket] = []

    def relay(client: socket.socket) -> None:
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(f"{own.params['host']}/.s.PGSQL.5432")
            between.extend((client, server))
            back = threading.Thread(target=pump, args=(server, client))
            back.start()
            pump(client, server)
            back.join()

    with listening(relay) as url:
        at(url.replace("somebody", "postgres").replace("/none", f"/{own.path[1:]}"))
        with asking(alone) as [answer]:
            for end in between:
                end.shutdown(socket.SHUT_RDWR)
            assert_away(answer.result(60))


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)


@pytest.mark.parametrize("error", [ConnectionResetError, TimeoutError, FileNotFoundError, OSError])
def test_an_error_of_the_file_store_is_not_one_of_the_database(
    alone: AblageServer,
    make_pdf: Callable[[str], bytes],
    monkeypatch: pytest.MonkeyPatch,
    error: type[OSError],
) -> None:
    async def broken(*_: object) -> None:
        raise error(5, "the share is gone")

    monkeypatch.setattr(alone.runtime.services.files, "put", broken)
    answer = httpx.post(
        f"{alone.url}/api/v2/documents",
        headers={"X-API-Key": alone.api_key},
        files={"file": ("a.pdf", make_pdf("x"))},
        timeout=patient(60),
    )
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
