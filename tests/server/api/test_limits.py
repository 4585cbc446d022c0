"""Rate limits, maintenance, CORS, health."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server_stub.testing import AblageServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def limited() -> Iterator[AblageServer]:
    with AblageServer(
        rate_limit="5/hour", worker_concurrency=0, cors_origins=("https://app.example",)
    ) as server:
        yield server


def test_a_key_has_so_many_requests_and_others_have_their_own(limited: AblageServer) -> None:
    key = limited.new_account("user").headers
    seen = []
    for _ in range(5):
        answer = httpx.get(f"{limited.url}/api/v2/documents", headers=key)
        assert answer.status_code == 200
        assert answer.headers["X-RateLimit-Limit"] == "5"
        seen.append(int(answer.headers["X-RateLimit-Remaining"]))
    assert seen == [4, 3, 2, 1, 0]
    for version in ("v1", "v2"):
        over = httpx.get(f"{limited.url}/api/{version}/documents", headers=key)
        assert (over.status_code, over.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
        assert 0 < int(over.headers["Retry-After"]) <= 3601
        assert int(over.headers["X-RateLimit-Reset"]) > time.time()
        assert over.headers["X-RateLimit-Remaining"] == "0"
    other = httpx.get(f"{limited.url}/api/v2/documents", headers=limited.new_account("user").headers)
    assert other.status_code == 200


def test_errors_tell_the_limit_too(limited: AblageServer) -> None:
    key = limited.new_account("user").headers
    answer = httpx.get(f"{limited.url}/api/v2/documents/{uuid.uuid4()}", headers=key)
    assert answer.status_code == 404
    assert answer.headers["X-RateLimit-Remaining"] == "4"


def test_logins_are_counted_by_address(limited: AblageServer) -> None:
    body = {"email": "nobody@example.org", "password": "falsch"}
    answers = [httpx.post(f"{limited.url}/api/v2/auth/login", json=body, timeout=30) for _ in range(7)]
    assert answers[-1].status_code == 429
    assert answers[0].status_code == 401


def test_health_is_not_limited(limited: AblageServer) -> None:
    assert {httpx.get(f"{limited.url}/health").status_code for _ in range(10)} == {200}


def test_programs_in_browsers_may_call_from_where_it_is_allowed(limited: AblageServer) -> None:
    preflight: dict[str, Any] = {"Access-Control-Request-Method": "PATCH", "Origin": "https://app.example"}
    answer = httpx.options(f"{limited.url}/api/v2/documents", headers=preflight)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert answer.headers["X-API-Version"] == "2.0"
    other = httpx.get(f"{limited.url}/health", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.parametrize("path", ["", "/0199d6a2-7c31-7b1e-9d2a-1c9a5f0e7b11", "/search?q=x"])
def test_programs_in_browsers_may_read_errors_too(limited: AblageServer, path: str) -> None:
    answer = httpx.get(f"{limited.url}/api/v2/documents{path}", headers={"Origin": "https://app.example"})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_maintenance_reads_and_refuses_to_write() -> None:
    with AblageServer(worker_concurrency=0) as server:
        headers = {"X-API-Key": server.api_key}
        with AblageServer(
            database_url=server.database_url, read_only=True, auto_migrate=False, worker_concurrency=0
        ) as replica:
            assert httpx.get(f"{replica.url}/api/v2/documents", headers=headers).status_code == 200
            for version in ("v1", "v2"):
                answer = httpx.post(
                    f"{replica.url}/api/{version}/documents", files={"file": b"%PDF-1.4"}, headers=headers
                )
                assert (answer.status_code, answer.json()["code"]) == (503, "SYS_MAINTENANCE")
                assert int(answer.headers["Retry-After"]) > 0


def test_health_says_what_there_is(anybody: httpx.Client) -> None:
    for path in ("/health", "/api/v1/health", "/api/v2/health"):
        answer = anybody.get(path)
        assert answer.json()["status"] == "ok"
        assert anybody.head(path).status_code == 200
    ready = anybody.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert ready.json()["checks"].keys() == {"database", "schema", "storage"}
    assert ready.json()["ocr_engines"]["text-layer"]["available"] is True


def test_a_stranger_finds_the_documentation_and_nothing_about_the_machine(anybody: httpx.Client) -> None:
    start = anybody.get("/")
    assert (start.status_code, start.headers["Location"]) == (307, "/docs")
    page = anybody.get("/docs")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    for path in ("/", "/docs", "/api", "/health", "/nothing", "/api/v2/documents", "/api/v1/openapi.json"):
        headers = anybody.get(path).headers
        assert "Server" not in headers
        assert "X-Powered-By" not in headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_no_shared_cache_keeps_what_a_key_opened(http: httpx.Client) -> None:
    for path in ("/api/v2/documents", "/api/v1/documents", "/api/v2/auth/me", "/api/v2/webhooks"):
        assert http.get(path).headers["Cache-Control"] == "private, no-cache"
    assert http.get("/api/v2/documents/0").headers["Cache-Control"] == "no-store"
