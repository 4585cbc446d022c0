"""`ablage-server serve --workers`: several processes at one address, replaced and killed under load."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from server_stub.storage.embedded import EmbeddedPostgres
from server_stub.testing.accounts import fetch
from server_stub.testing.databases import databases
from tests.patience import patient, until
from tests.soak import rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.processes import Process, Shell

KEY = "ak_live_" + "w" * 43
HEADERS = {"X-API-Key": KEY}


def children(server: Process) -> set[int]:
    """Return the process ids of those who answer requests."""
    found: set[int] = set()
    for child in psutil.Process(server.popen.pid).children():
        with suppress(psutil.NoSuchProcess):  # it ends just now
            if "server_stub.process.child" in child.cmdline():
                found.add(child.pid)
    return found


def upload(url: str, content: bytes) -> str:
    answer = httpx.post(f"{url}/api/v2/documents", headers=HEADERS, files={"file": content}, timeout=60)
    assert answer.status_code == 201, answer.text
    document_id: str = answer.json()["id"]
    return document_id


def completed(url: str, document_id: str) -> bool:
    answer = httpx.get(f"{url}/api/v2/documents/{document_id}", headers=HEADERS, timeout=60)
    return answer.status_code == 200 and answer.json()["status"] == "completed"


class Load:
    """Requests by several clients, half of them with kept connections, and what came of them."""

    def __init__(self, url: str, content: bytes) -> None:
        self.url = url
        self.content = content
        self.answers: list[int] = []
        self.uploaded: list[str] = []
        self.failures: list[str] = []
        self._stop = threading.Event()

    @contextmanager
    def running(self, clients: int = 4) -> Iterator[None]:
        with ThreadPoolExecutor(clients) as pool:
            futures = [pool.submit(self._work, number) for number in range(clients)]
            try:
                yield
            finally:
                self._stop.set()
            for future in futures:
                future.result()

    def _work(self, number: int) -> None:
        with httpx.Client(timeout=patient(60)) as kept:
            ask = kept.get if number % 2 else httpx.get
            while not self._stop.is_set():
                try:
                    if number == 0:
                        self.uploaded.append(upload(self.url, self.content))
                    answer = ask(f"{self.url}/api/v2/documents", headers=HEADERS, timeout=60)
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))
                else:
                    self.answers.append(answer.status_code)


def test_processes_share_an_address_a_database_and_their_figures(
    shell: Shell, make_pdf: Callable[[str], bytes]
) -> None:
    server = shell.serve("--workers", "3", ABLAGE_BOOTSTRAP_API_KEY=KEY)
    assert len(children(server)) == 3
    documents = [upload(server.url, make_pdf(f"Blatt {number}")) for number in range(9)]
    for document_id in documents:
        until(lambda one=document_id: completed(server.url, one), "it is recognised")  # type: ignore[misc]  # a default in a lambda
    for _ in range(30):
        assert httpx.get(f"{server.url}/api", timeout=60).status_code == 200
    text = httpx.get(f"{server.url}/metrics", timeout=60).text
    counted = [
        float(line.split()[-1]) for line in text.splitlines() if 'route="/api",' in line and "_total{" in line
    ]
    assert counted == [30.0]  # one series for all processes
    limit = 'ablage_database_connections{state="limit"} 60.0'
    until(lambda: limit in httpx.get(f"{server.url}/metrics", timeout=60).text, "all pools are counted")
    assert server.interrupt() == 0
    assert not EmbeddedPostgres(shell.data_dir / "postgres").running()


def test_a_killed_process_is_replaced_and_the_others_go_on(
    shell: Shell, make_pdf: Callable[[str], bytes]
) -> None:
    server = shell.serve("--workers", "2", ABLAGE_BOOTSTRAP_API_KEY=KEY)
    before = children(server)
    victim = min(before)
    psutil.Process(victim).kill()
    until(lambda: len(children(server) - {victim}) == 2, "another one takes its place")
    document_id = upload(server.url, make_pdf("weiter"))
    until(lambda: completed(server.url, document_id), "it is recognised")
    assert "A process died" in server.log.read_text()
    assert server.interrupt() == 0


def test_replacing_all_processes_fails_no_request(shell: Shell, make_pdf: Callable[[str], bytes]) -> None:
    server = shell.serve(
        "--workers",
        "2",
        ABLAGE_BOOTSTRAP_API_KEY=KEY,
        ABLAGE_RATE_LIMIT="off",
        ABLAGE_SHUTDOWN_DELAY_SECONDS="0",
    )
    load = Load(server.url, make_pdf("unter Last"))
    with load.running():
        for _ in range(rounds(usual=2, soak=30)):
            before, seen = children(server), len(load.answers)
            until(lambda seen=seen: len(load.answers) > seen + 20, "they answer")  # type: ignore[misc]  # a default in a lambda
            server.popen.send_signal(signal.SIGHUP)
            until(
                lambda before=before: not children(server) & before and len(children(server)) == 2,  # type: ignore[misc]  # a default in a lambda
                "all were replaced",
            )
    assert load.failures == []
    assert set(load.answers) == {200}
    for document_id in load.uploaded:
        until(lambda one=document_id: completed(server.url, one), "what was uploaded is recognised")  # type: ignore[misc]  # a default in a lambda
    assert server.interrupt() == 0


def test_replicas_with_several_processes_each_share_a_database(
    shell: Shell, make_pdf: Callable[[str], bytes]
) -> None:
    url = databases.create(migrated=False)
    settings = {"DATABASE_URL": url, "ABLAGE_BOOTSTRAP_API_KEY": KEY, "SECRET_KEY": "s" * 40}
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: shell.serve("--workers", "2", **settings), range(2))
    documents = [upload(place.url, make_pdf("geteilt")) for place in (one, two, one, two)]
    for document_id in documents:
        until(lambda one_=document_id: completed(two.url, one_), "it is recognised")  # type: ignore[misc]  # a default in a lambda
    assert one.interrupt() == 0
    assert completed(two.url, documents[0])
    assert two.interrupt() == 0
    databases.drop(url)


def test_processes_end_when_their_parent_is_killed(shell: Shell) -> None:
    server = shell.serve("--workers", "2", ABLAGE_BOOTSTRAP_API_KEY=KEY)
    orphans = children(server)
    psutil.Process(server.popen.pid).kill()
    server.popen.wait(patient(60))
    until(lambda: not any(map(psutil.pid_exists, orphans)), "nobody is left")


@pytest.mark.parametrize("workers", [(), ("--workers", "2")], ids=["one process", "two processes"])
def test_a_stop_answers_all_who_wait_and_is_announced_first(
    shell: Shell, make_pdf: Callable[[str], bytes], workers: tuple[str, ...]
) -> None:
    """SIGTERM: not ready at once, requests are taken for a while, those who wait get an answer, status 0."""
    server = shell.serve(
        *workers,
        ABLAGE_BOOTSTRAP_API_KEY=KEY,
        ABLAGE_WORKER_CONCURRENCY="0",
        ABLAGE_SHUTDOWN_DELAY_SECONDS="8",
    )
    document_id = upload(server.url, make_pdf("x"))
    address = f"{server.url}/api/v2/documents/{document_id}"
    connected = threading.Semaphore(0)

    def wait() -> httpx.Response:
        with httpx.Client(headers=HEADERS, timeout=patient(120)) as client:
            client.get(address)
            connected.release()
            return client.get(address, headers={"Prefer": "wait=60"})

    with ThreadPoolExecutor(50) as pool:
        waiting = [pool.submit(wait) for _ in range(50)]
        for _ in waiting:
            assert connected.acquire(timeout=patient(60))
        assert httpx.get(f"{server.url}/health/ready", timeout=60).status_code == 200
        began = time.monotonic()
        server.popen.send_signal(signal.SIGTERM)

        def not_ready() -> httpx.Response | None:
            answer = httpx.get(f"{server.url}/health/ready", timeout=60)
            return answer if answer.status_code == 503 else None

        answer = until(not_ready, "it is not ready", timeout=8)
        assert answer is not None
        assert answer.json()["checks"]["server"]["ok"] is False
        late = httpx.get(
            address, headers=HEADERS, timeout=patient(60)
        )  # still taken, and the last on its connection
        assert (late.status_code, late.headers["Connection"]) == (200, "close")
        answers = [one.result() for one in waiting]
    assert {one.status_code for one in answers} == {200}
    assert {one.json()["status"] for one in answers} == {"pending"}
    assert server.popen.wait(patient(60)) == 0
    assert time.monotonic() - began < 60


def test_a_document_in_work_is_finished_before_the_stop(
    shell: Shell, make_pdf: Callable[[str], bytes]
) -> None:
    server = shell.serve(ABLAGE_BOOTSTRAP_API_KEY=KEY, ABLAGE_SHUTDOWN_DELAY_SECONDS="0")
    documents = [upload(server.url, make_pdf(f"Blatt {number}")) for number in range(6)]

    def begun() -> bool:
        page = httpx.get(f"{server.url}/api/v2/documents", headers=HEADERS, timeout=60).json()
        return bool({item["status"] for item in page["items"]} - {"pending"})

    until(begun, "the first is in work")
    server.popen.send_signal(signal.SIGTERM)
    assert server.popen.wait(patient(60)) == 0
    postgres = EmbeddedPostgres(shell.data_dir / "postgres")
    postgres.start()
    try:
        rows = fetch(postgres.url("ablage"), "SELECT status, count(*) AS n FROM documents GROUP BY status")
    finally:
        postgres.stop()
    statuses = {str(row["status"]): int(str(row["n"])) for row in rows}
    assert statuses.keys() <= {"completed", "pending"}, statuses
    assert statuses["completed"] >= 1
    assert sum(statuses.values()) == len(documents)
