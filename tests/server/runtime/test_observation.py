"""Logs and metrics: enough to see what goes on, without secrets or the text of documents."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING

import httpx
import pytest

from server_stub.migrations import backfills
from server_stub.observability import logs as server_logging
from server_stub.testing import AblageServer
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRETS = {
    "an API key": "ak_live_0123456789abcdefABCDEF",
    "a signing secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZg==",
    "a token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ",
    "a password in an address": "postgresql://me:geheimnis@host/x",
    "a header": "Bearer geheimnis",
}


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """Configures logs as the command line does, and gives what was written."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    server_logging.configure("INFO", json=True, stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_secrets_do_not_reach_the_log(secret: str, lines: Callable[[], list[dict[str, object]]]) -> None:
    log = server_logging.get_logger("tests")
    logging.getLogger("tests").info(secret)
    log.info("It says something.", detail=f"and {secret}", nested={"deep": [secret]}, password="x" * 20)
    logging.getLogger("another.library").warning("with %s", secret)
    try:
        int(secret)
    except ValueError:
        log.exception("It failed.")
    written = json.dumps(lines())
    assert "xxxx" not in written
    for part in ("0123456789abcdef", "MDEyMzQ1", "c2lnbmF0", "geheimnis"):
        assert part not in written
    assert "It failed." in written
    assert "[hidden]" in written


def test_the_text_of_documents_does_not_reach_the_log(lines: Callable[[], list[dict[str, object]]]) -> None:
    server_logging.get_logger("tests").info(
        "A document.", extracted_text="Streng vertraulich", document={"ocr_result": {"text": "vertraulich"}}
    )
    assert "vertraulich" not in json.dumps(lines())


def test_every_line_of_a_request_names_it_and_its_user(
    lines: Callable[[], list[dict[str, object]]], make_pdf: Callable[[str], bytes]
) -> None:
    with AblageServer() as server:
        user = server.new_account("user")
        headers = {**user.headers, "X-Request-ID": "request-of-this-test"}
        answer = httpx.post(
            f"{server.url}/api/v2/documents",
            headers=headers,
            files={"file": ("a.pdf", make_pdf("Streng vertraulich"))},
            timeout=patient(60),
        )
        assert answer.status_code == 201
        httpx.get(f"{server.url}/api/v2/nothing-here", headers=headers, timeout=60)
        until(lambda: [one for one in lines() if one["event"] == "Recognised."], "it is recognised")
        mine = [one for one in lines() if one.get("request_id") == "request-of-this-test"]
        assert [one["status"] for one in mine if one["event"] == "Request."] == [201, 404]
        assert mine[0]["user_id"] == str(user.user_id)
        assert mine[0]["version"] == "2.0"
        written = json.dumps(lines())
        assert user.api_key not in written
        assert server.api_key not in written
        assert "vertraulich" not in written


def metrics(url: str) -> dict[str, float]:
    text = httpx.get(f"{url}/metrics", timeout=60).text
    found = (line.rpartition(" ") for line in text.splitlines() if line.startswith("ablage_"))
    return {name: float(value) for name, _, value in found}


def test_metrics_count_requests_by_route_version_and_status(server: AblageServer) -> None:
    def count() -> float:
        return sum(
            value
            for name, value in metrics(server.url).items()
            if name.startswith("ablage_http_requests_total{")
            and 'status="404"' in name
            and 'version="2.0"' in name
            and "documents/{document_id}" in name
        )

    before = count()
    missing = f"{server.url}/api/v2/documents/00000000-0000-7000-8000-000000000000"
    for _ in range(3):
        answer = httpx.get(missing, headers={"X-API-Key": server.api_key}, timeout=60)
        assert answer.status_code == 404
    assert count() == before + 3


def test_metrics_show_the_queue_the_pool_and_the_engines(
    server: AblageServer, make_pdf: Callable[[str], bytes]
) -> None:
    with AblageServer(worker_concurrency=0) as idle:
        for number in range(3):
            httpx.post(
                f"{idle.url}/api/v2/documents",
                headers={"X-API-Key": idle.api_key},
                files={"file": ("a.pdf", make_pdf(f"{number}"))},
                timeout=patient(60),
            )
        seen = metrics(idle.url)
        assert seen['ablage_queue_depth{queue="ocr",status="todo"}'] == 3
        assert seen['ablage_queue_oldest_seconds{queue="ocr"}'] > 0
        assert seen['ablage_database_connections{state="limit"}'] == 20
    with server.sdk() as sdk:
        sdk.documents.upload_and_wait(make_pdf("gemessen"), filename="a.pdf")
    assert any(
        name.startswith("ablage_ocr_duration_seconds_count{engine=") and value >= 1
        for name, value in metrics(server.url).items()
    )


def test_addresses_that_nobody_serves_make_no_new_series(server: AblageServer) -> None:
    for number in range(5):
        httpx.get(f"{server.url}/no/such/place/{number}", timeout=60)
    assert not [name for name in metrics(server.url) if "such" in name]


def test_metrics_tell_of_migrations_and_of_their_errors(server: AblageServer) -> None:
    backfills.record_error(server.database_url, "c3d4e5f6a7b8", "LockPatienceError")
    lines = httpx.get(f"{server.url}/metrics", timeout=60).text.splitlines()
    assert any(
        line.startswith('migration_duration_seconds{migration_version="a1b2c3d4e5f6"} ') for line in lines
    )
    errors = 'migration_errors_total{migration_version="c3d4e5f6a7b8",error_type="LockPatienceError"} 1'
    assert errors in lines
    moved = 'migration_rows_moved_total{migration_version="c3d4e5f6a7b8",move="roles",direction="up"} 0'
    assert moved in lines
