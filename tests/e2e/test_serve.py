"""`ablage-server` as its users run it: in processes of its own, stopped and killed."""

from __future__ import annotations

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import psutil

from server_stub.storage.embedded import EmbeddedPostgres
from server_stub.testing.accounts import fetch
from server_stub.testing.databases import databases
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.processes import Shell


def upload(url: str, key: str, content: bytes, name: str = "a.pdf") -> str:
    answer = httpx.post(
        f"{url}/api/v2/documents", headers={"X-API-Key": key}, files={"file": (name, content)}, timeout=60
    )
    assert answer.status_code == 201, answer.text
    document_id: str = answer.json()["id"]
    return document_id


def get(url: str, key: str, document_id: str) -> dict[str, object]:
    answer = httpx.get(f"{url}/api/v2/documents/{document_id}", headers={"X-API-Key": key}, timeout=60)
    assert answer.status_code == 200, answer.text
    document: dict[str, object] = answer.json()
    return document


def completed(url: str, key: str, document_id: str) -> dict[str, object]:
    def look() -> dict[str, object]:
        document = get(url, key, document_id)
        return document if document["status"] in {"completed", "failed"} else {}

    document = until(look, f"document {document_id} is done")
    assert document["status"] == "completed", document
    return document


def test_the_first_start_shows_a_key_once_and_data_outlives_a_restart(
    shell: Shell, make_pdf: Callable[[str], bytes]
) -> None:
    first = shell.serve()
    key = str(first.told["api_key"])
    assert re.fullmatch(r"ak_live_[\w-]{43,}", key)
    document_id = upload(first.url, key, make_pdf("Bleibendes"))
    assert "Bleibendes" in str(completed(first.url, key, document_id)["extracted_text"])
    assert first.interrupt() == 0
    assert not EmbeddedPostgres(shell.data_dir / "postgres").running()
    second = shell.serve()
    assert second.told["api_key"] is None
    assert "Bleibendes" in str(get(second.url, key, document_id)["extracted_text"])
    assert key not in first.log.read_text() + second.log.read_text()
    assert "Bleibendes" not in first.log.read_text()


def test_ctrl_c_lets_a_request_and_a_document_in_work_finish(
    shell: Shell, make_pdf: Callable[[str], bytes]
) -> None:
    server = shell.serve()
    key = str(server.told["api_key"])
    documents = [upload(server.url, key, make_pdf(f"Seite {number}")) for number in range(6)]
    assert server.interrupt() == 0
    again = shell.serve()
    for document_id in documents:
        completed(again.url, key, document_id)


def test_a_killed_server_loses_no_accepted_document_and_finishes_each_once(
    shell: Shell, make_pdf: Callable[[str], bytes]
) -> None:
    key = "ak_live_" + "k" * 43
    accepted: list[str] = []
    for round_number in range(3):
        server = shell.serve(ABLAGE_BOOTSTRAP_API_KEY=key)
        pdfs = [make_pdf(f"Runde {round_number} Blatt {number}") for number in range(8)]

        def send(content: bytes, url: str = server.url) -> None:
            with suppress(httpx.HTTPError):  # not accepted
                accepted.append(upload(url, key, content))

        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(send, content) for content in pdfs]
            wanted = len(accepted) + 3 + round_number
            until(lambda wanted=wanted: len(accepted) >= wanted, "some are accepted")  # type: ignore[misc]  # a default in a lambda
            server.kill()
            for future in futures:
                future.result()
    last = shell.serve(ABLAGE_BOOTSTRAP_API_KEY=key)
    assert len(accepted) >= 12
    for document_id in accepted:
        completed(last.url, key, document_id)
    postgres = EmbeddedPostgres(shell.data_dir / "postgres")
    rows = fetch(
        postgres.url("ablage"),
        "SELECT document_id, count(*) AS n FROM notification_events WHERE event_type = 'document.processed' "
        "GROUP BY 1",
    )
    assert {row["n"] for row in rows} == {1}
    assert {str(row["document_id"]) for row in rows} >= set(accepted)


def test_workers_elsewhere_do_the_work_and_one_that_is_killed_is_replaced(
    shell: Shell, make_pdf: Callable[[str], bytes]
) -> None:
    server = shell.serve(ABLAGE_WORKER_CONCURRENCY="0")
    key = str(server.told["api_key"])
    documents = [upload(server.url, key, make_pdf(f"Blatt {number}")) for number in range(10)]
    assert {get(server.url, key, one)["status"] for one in documents} == {"pending"}
    doomed = shell.popen("worker", "--concurrency", "2")
    until(lambda: {get(server.url, key, one)["status"] for one in documents} - {"pending"}, "work begins")
    doomed.kill()
    shell.popen("worker", "--concurrency", "2")
    for document_id in documents:
        completed(server.url, key, document_id)


def test_replicas_share_a_database_of_ones_own(shell: Shell, make_pdf: Callable[[str], bytes]) -> None:
    url = databases.create(migrated=False)
    key = "ak_test_" + "r" * 43
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(
            lambda _number: shell.serve(DATABASE_URL=url, ABLAGE_BOOTSTRAP_API_KEY=key, SECRET_KEY="s" * 40),
            range(2),
        )
    document_id = upload(one.url, key, make_pdf("Geteilt"))
    assert "Geteilt" in str(completed(two.url, key, document_id)["extracted_text"])
    assert not (shell.data_dir / "postgres").exists()
    assert one.interrupt() == 0
    assert get(two.url, key, document_id)["status"] == "completed"
    assert two.interrupt() == 0
    databases.drop(url)


def test_mistakes_are_told_in_a_line_with_what_to_do(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        in_use = shell.run("serve", "--port", port)
    unreachable = shell.run("serve", "--port", "0", DATABASE_URL="postgresql://me:geheim@127.0.0.1:1/x")
    other = shell.run("serve", "--port", "0", DATABASE_URL="mysql://me:geheim@127.0.0.1/x")
    removed = shell.run("serve", LEGACY_MODE="true")
    host = shell.run("serve", "--host", "no-such-host.invalid", "--port", "0")
    key = shell.run("serve", "--port", "0", ABLAGE_BOOTSTRAP_API_KEY="geheim")
    for done, hint in (
        (in_use, "--port"),
        (unreachable, "cannot be reached"),
        (other, "Only PostgreSQL"),
        (removed, "ABLAGE_API_VERSIONS"),
        (host, "127.0.0.1"),
        (key, "openssl rand"),
    ):
        assert done.returncode == 1, done
        assert hint in done.stderr
        assert "Traceback" not in done.stderr
        assert "geheim" not in done.stderr


def test_a_stopped_postgresql_comes_back_without_a_restart_of_the_server(
    shell: Shell, make_pdf: Callable[[str], bytes]
) -> None:
    server = shell.serve()
    key = str(server.told["api_key"])
    before = upload(server.url, key, make_pdf("vorher"))
    completed(server.url, key, before)
    postmaster = int((shell.data_dir / "postgres/cluster/postmaster.pid").read_text().split()[0])
    psutil.Process(postmaster).kill()
    until(lambda: not psutil.pid_exists(postmaster), "PostgreSQL is gone")
    ready = httpx.get(f"{server.url}/health/ready", timeout=60)
    assert ready.status_code == 503
    refused = httpx.get(f"{server.url}/api/v2/documents", headers={"X-API-Key": key}, timeout=60)
    assert refused.status_code == 503
    assert refused.json()["code"] == "SYS_DATABASE_ERROR"
    again = EmbeddedPostgres(shell.data_dir / "postgres")
    again.start()
    try:
        until(lambda: httpx.get(f"{server.url}/health/ready", timeout=60).status_code == 200, "it is ready")
        after = upload(server.url, key, make_pdf("nachher"))
        completed(server.url, key, after)
    finally:
        again.stop()


def test_a_stop_does_not_wait_for_those_who_wait(shell: Shell, make_pdf: Callable[[str], bytes]) -> None:
    server = shell.serve(ABLAGE_WORKER_CONCURRENCY="0")
    key = str(server.told["api_key"])
    document_id = upload(server.url, key, make_pdf("x"))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            httpx.get,
            f"{server.url}/api/v2/documents/{document_id}",
            headers={"X-API-Key": key, "Prefer": "wait=60"},
            timeout=patient(120),
        )
        time.sleep(1)  # long enough to be waiting; too short only makes the test easier
        assert server.interrupt() == 0
        assert waiting.result().status_code == 200
