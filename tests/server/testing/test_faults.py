"""Faults, the journal and `reset` of a server in tests."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from server_stub.testing import AblageServer
from tests.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ablage_sdk import AblageSDK


@pytest.fixture(scope="module")
def own() -> Iterator[AblageServer]:
    """A server for these tests alone: they break it."""
    with AblageServer() as server:
        yield server


@pytest.fixture
def server(own: AblageServer) -> AblageServer:
    own.reset()
    return own


@pytest.fixture
def http(server: AblageServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers={"X-API-Key": server.api_key}) as client:
        yield client


@pytest.fixture
def sdk(server: AblageServer) -> Iterator[AblageSDK]:
    with server.sdk() as client:
        yield client


@pytest.mark.parametrize(
    ("prefix", "content_type"), [("/api/v2", "application/problem+json"), ("/api/v1", "application/json")]
)
def test_an_error_code_is_answered_as_the_server_itself_would(
    server: AblageServer, http: httpx.Client, prefix: str, content_type: str
) -> None:
    server.faults.answer("SYS_OVERLOADED", headers={"Retry-After": "7"}, times=1)
    answer = http.get(f"{prefix}/documents", headers={"X-Request-ID": "r-1"})
    assert (answer.status_code, answer.json()["code"]) == (503, "SYS_OVERLOADED")
    assert answer.headers["content-type"] == content_type
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "r-1"
    assert answer.headers["x-api-version"] == ("2.0" if prefix.endswith("2") else "1.0")
    assert http.get(f"{prefix}/documents").status_code == 200


def test_a_status_is_answered_as_a_proxy_would(server: AblageServer, http: httpx.Client) -> None:
    with server.faults.answer(502) as fault:
        answer = http.get("/api/v2/documents")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert "x-api-version" not in answer.headers
    assert fault.hits == 1
    assert http.get("/api/v2/documents").status_code == 200


def test_a_cut_before_leaves_no_trace_and_a_cut_after_does(
    server: AblageServer, http: httpx.Client, make_pdf: Callable[[str], bytes]
) -> None:
    pdf = make_pdf("Rechnung")
    for when, documents in (("before", 0), ("after", 1)):
        with (
            server.faults.cut(when, on="POST */documents/upload"),  # type: ignore[arg-type]  # of the tuple
            pytest.raises(httpx.RemoteProtocolError),
        ):
            http.post("/api/v2/documents/upload", files={"file": ("a.pdf", pdf)})
        assert len(http.get("/api/v2/documents").json()["items"]) == documents


def test_a_cut_within_delivers_a_part(
    server: AblageServer, http: httpx.Client, sdk: AblageSDK, make_pdf: Callable[[str], bytes]
) -> None:
    document = sdk.documents.upload(make_pdf("Rechnung"), filename="a.pdf")
    arrived: list[bytes] = []
    server.faults.cut("within", on="GET */download")
    with http.stream("GET", f"/api/v2/documents/{document.id}/download") as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            arrived.extend(answer.iter_raw())
    assert 0 < len(b"".join(arrived)) < document.size


def test_a_client_that_tries_again_gets_its_document_once(
    server: AblageServer, sdk: AblageSDK, make_pdf: Callable[[str], bytes]
) -> None:
    server.faults.cut("after", on="POST */documents/upload", times=1)
    server.faults.answer("RATE_LIMIT_EXCEEDED", headers={"Retry-After": "0"}, on="POST", times=1)
    document = sdk.documents.upload(make_pdf("Rechnung"), filename="a.pdf")
    uploads = server.requests.matching("POST */documents/upload")
    assert [request.status for request in uploads] == [None, 429, 201]
    assert len({request.headers["idempotency-key"] for request in uploads}) == 1
    assert [found.id for found in sdk.documents.iterate()] == [document.id]


def test_delays_and_dribbles_take_their_time(server: AblageServer, http: httpx.Client) -> None:
    body = http.get("/api/v2/openapi.json").content
    server.faults.delay(0.2)
    server.faults.dribble(0.3)
    began = time.monotonic()
    assert http.get("/api/v2/openapi.json").content == body
    assert time.monotonic() - began >= 0.2 + 0.3 * 0.9


def test_a_changed_answer_has_the_right_length(server: AblageServer, http: httpx.Client) -> None:
    server.faults.change(lambda body: body[:-1] + b', "new": 1}', on="GET */documents")
    answer = http.get("/api/v2/documents")
    assert answer.json()["new"] == 1
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_share_and_skip_choose_requests_the_same_way_in_every_run(
    server: AblageServer, http: httpx.Client
) -> None:
    def statuses() -> list[int]:
        server.reset()
        fault = server.faults.answer(500, share=0.5, skip=2)
        found = [http.get("/health").status_code for _ in range(40)]
        assert found.count(500) == fault.hits
        return found

    first = statuses()
    assert first[:2] == [200, 200]
    assert 8 < first.count(500) < 32
    assert statuses() == first


def test_the_journal_tells_what_arrived_without_showing_keys(
    server: AblageServer, http: httpx.Client
) -> None:
    http.patch("/api/v2/documents/x?y=1", json={"tags": ["a"]})
    request = server.requests[-1]
    assert (request.method, request.path, request.query, request.status) == (
        "PATCH", "/api/v2/documents/x", "y=1", 404,
    )  # fmt: skip
    assert request.body == b'{"tags":["a"]}'
    assert request.headers["x-api-key"] == server.api_key
    assert server.api_key not in repr(request)


def test_reset_makes_a_server_as_new(
    server: AblageServer, sdk: AblageSDK, make_pdf: Callable[[str], bytes]
) -> None:
    sdk.documents.upload(make_pdf("Rechnung"), filename="a.pdf")
    other = server.new_account("user")
    sdk.webhooks.create("http://127.0.0.1:9/hook", ["document.created"])
    server.faults.answer(500)
    server.reset()
    assert len(server.requests) == 0
    assert sdk.documents.list().items == []
    assert sdk.webhooks.list().items == []
    assert [user.email for user in sdk.users.list()] == ["admin@ablage.local"]
    until(
        lambda: httpx.get(f"{server.url}/api/v2/documents", headers=other.headers).status_code == 401,
        "the key of a deleted user is refused",
    )
    assert sdk.documents.upload_and_wait(make_pdf("Mahnung"), filename="b.pdf").status == "completed"


def test_a_database_that_was_given_is_not_emptied(server: AblageServer) -> None:
    with (
        AblageServer(database_url=server.database_url) as second,
        pytest.raises(RuntimeError, match="Empty it yourself"),
    ):
        second.reset()


@pytest.mark.parametrize("on", ["documents", "FETCH /api", "post */upload", ""])
def test_a_wrong_pattern_is_explained(server: AblageServer, on: str) -> None:
    with pytest.raises(ValueError, match="begins with / or"):
        server.faults.delay(1, on=on)


def test_wrong_faults_are_explained(server: AblageServer) -> None:
    with pytest.raises(ValueError, match="SYS_OVERLOADED"):
        server.faults.answer("OVERLOADED")
    with pytest.raises(ValueError, match="no final status"):
        server.faults.answer(100)
    with pytest.raises(ValueError, match="0 to 1"):
        server.faults.delay(1, share=2)
