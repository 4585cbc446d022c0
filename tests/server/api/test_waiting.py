"""``Prefer: wait``."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server_stub.testing import AblageServer
from server_stub.testing.accounts import fetch
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FINISH = """
    WITH done AS (UPDATE documents SET status = 'failed', updated_at = now() WHERE id = $1 RETURNING id)
    SELECT pg_notify('ablage_document_finished', id::text) FROM done
"""


@pytest.fixture(scope="module")
def idle() -> Iterator[AblageServer]:
    """A server that recognises nothing by itself."""
    with AblageServer(worker_concurrency=0) as server:
        yield server


@pytest.fixture
def pending(idle: AblageServer, make_pdf: Callable[[str], bytes]) -> Any:
    with httpx.Client(base_url=idle.url, headers={"X-API-Key": idle.api_key}) as client:
        return client.post("/api/v2/documents", files={"file": ("a.pdf", make_pdf("x"))}).json()


def test_the_answer_is_held_until_the_document_is_finished(
    http: httpx.Client, make_pdf: Callable[[str], bytes]
) -> None:
    document = http.post("/api/v2/documents", files={"file": ("a.pdf", make_pdf("x"))}).json()
    answer = http.get(f"/api/v2/documents/{document['id']}", headers={"Prefer": "wait=60"})
    assert answer.json()["status"] == "completed"
    assert answer.headers["Preference-Applied"] == "wait=60"
    assert answer.headers["ETag"]


def test_the_answer_comes_when_the_time_is_up(idle: AblageServer, pending: Any) -> None:
    began = time.monotonic()
    answer = httpx.get(
        f"{idle.url}/api/v2/documents/{pending['id']}",
        headers={"X-API-Key": idle.api_key, "Prefer": "respond-async, wait=1"},
        timeout=patient(60),
    )
    assert time.monotonic() - began >= 1
    assert answer.json()["status"] == "pending"


def test_a_client_that_hangs_up_is_no_fault_of_the_server(idle: AblageServer, pending: Any) -> None:
    path = f"/api/v2/documents/{pending['id']}"
    headers = {"X-API-Key": idle.api_key, "Prefer": "wait=60"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{idle.url}{path}", headers=headers, timeout=0.5)
    [request] = until(lambda: idle.requests.matching(f"GET {path}"), "the request has arrived")
    assert until(lambda: request.status, "the request has ended") == 400


@pytest.mark.parametrize("value", ["wait", "wait=-1", "wait=soon", "return=minimal", ""])
def test_other_preferences_are_ignored(idle: AblageServer, pending: Any, value: str) -> None:
    answer = httpx.get(
        f"{idle.url}/api/v2/documents/{pending['id']}",
        headers={"X-API-Key": idle.api_key, "Prefer": value},
    )
    assert answer.status_code == 200
    assert "Preference-Applied" not in answer.headers


async def test_a_thousand_clients_wait_on_one_process(idle: AblageServer, pending: Any) -> None:
    """Bare sockets, because a client library would need more time for so many than the server."""
    address = httpx.URL(idle.url)
    request = (
        f"GET /api/v2/documents/{pending['id']} HTTP/1.1\r\nHost: test\r\nX-API-Key: {idle.api_key}\r\n"
        "Prefer: wait=60\r\nConnection: close\r\n\r\n"
    )

    async def wait() -> bytes:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(request.encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    waiting = [asyncio.create_task(wait()) for _ in range(1000)]
    await asyncio.to_thread(until, lambda: idle_waiters(idle) == 1000, "all of them wait")
    # The server is still there for others.
    plain = await asyncio.to_thread(
        httpx.get, f"{idle.url}/api/v2/documents/{pending['id']}", headers={"X-API-Key": idle.api_key}
    )
    assert plain.json()["status"] == "pending"
    await asyncio.to_thread(finish, idle, pending["id"])
    answers = await asyncio.gather(*waiting)
    assert all(answer.startswith(b"HTTP/1.1 200") and b'"status":"failed"' in answer for answer in answers)
    await asyncio.to_thread(until, lambda: idle_waiters(idle) == 0, "nobody waits any more")


def test_who_hangs_up_is_no_longer_waited_for(idle: AblageServer, pending: Any) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(
            f"{idle.url}/api/v2/documents/{pending['id']}",
            headers={"X-API-Key": idle.api_key, "Prefer": "wait=60"},
            timeout=0.5,
        )
    until(lambda: idle_waiters(idle) == 0, "nobody waits any more")


def test_a_document_deleted_meanwhile_is_not_found(idle: AblageServer, pending: Any) -> None:
    headers = {"X-API-Key": idle.api_key}
    path = f"{idle.url}/api/v2/documents/{pending['id']}"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(httpx.get, path, headers={**headers, "Prefer": "wait=60"}, timeout=100)
        until(lambda: idle_waiters(idle) == 1, "it waits")
        assert httpx.delete(path, headers=headers, timeout=patient(60)).status_code == 204
        assert waiting.result().status_code == 404


def finish(server: AblageServer, document_id: str) -> None:
    fetch(server.database_url, FINISH, document_id)


def idle_waiters(server: AblageServer) -> int:
    """How many requests wait, counted at the listener."""
    waiting = server.runtime.services.listener._waiting.copy()
    return sum(len(found) for (_, payload), found in waiting.items() if payload is not None)
