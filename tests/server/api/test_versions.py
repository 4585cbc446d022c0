"""Choosing a version, and what every answer carries."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server_stub.testing import AblageServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ALWAYS = ("X-API-Version", "X-API-Supported-Versions", "X-Request-ID", "X-Content-Type-Options")


@pytest.mark.parametrize(
    ("path", "header", "version"),
    [
        ("/api/v1/documents", None, "1.0"),
        ("/api/v2/documents", None, "2.0"),
        ("/api/v2/documents", "2.0", "2.0"),
        ("/api/documents", None, "1.0"),
        ("/api/documents", "1.0", "1.0"),
        ("/api/documents", "2.0", "2.0"),
    ],
)
def test_path_or_header_choose_the_version(
    http: httpx.Client, path: str, header: str | None, version: str
) -> None:
    answer = http.get(path, headers={"X-API-Version": header} if header else {})
    assert answer.status_code == 200
    assert answer.headers["X-API-Version"] == version
    assert ("total" in answer.json()) is (version == "1.0")
    assert ("next_cursor" in answer.json()) is (version == "2.0")


@pytest.mark.parametrize("value", ["3.0", "2", "v2", "", "1.0, 2.0"])
def test_an_unknown_version_is_refused(http: httpx.Client, value: str) -> None:
    answer = http.get("/api/documents", headers={"X-API-Version": value})
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"Unsupported API version: {value}"
    assert answer.headers["X-API-Version"] == "1.0"


def test_a_header_that_contradicts_the_path_is_refused(http: httpx.Client) -> None:
    answer = http.get("/api/v2/documents", headers={"X-API-Version": "1.0"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "API_VERSION_MISMATCH"


@pytest.mark.parametrize(
    "path", ["/api/v1/documents", "/api/v2/nothing", "/api/v2/documents/x", "/health", "/nothing", "/api"]
)
def test_every_answer_says_version_and_request(anybody: httpx.Client, path: str) -> None:
    mine = uuid.uuid4().hex
    answer = anybody.get(path, headers={"X-Request-ID": mine})
    assert answer.headers["X-Request-ID"] == mine
    assert answer.headers["X-API-Supported-Versions"] == "1.0, 2.0"
    assert all(name in answer.headers for name in ALWAYS)
    assert "uvicorn" not in str(answer.headers).lower()


@pytest.mark.parametrize("sent", ["", "ä", "x" * 500, "a b"])
def test_a_request_id_that_is_unfit_is_replaced(anybody: httpx.Client, sent: str) -> None:
    answer = anybody.get("/health", headers={b"X-Request-ID": sent.encode()})
    assert answer.headers["X-Request-ID"] not in {sent, ""}


def test_anybody_may_ask_which_versions_there_are(anybody: httpx.Client) -> None:
    answer = anybody.get("/api").json()
    assert answer["default_version"] == "1.0"
    old, new = answer["versions"]
    assert (old["version"], old["status"], old["path"]) == ("1.0", "deprecated", "/api/v1")
    assert (old["deprecated_at"], old["sunset_at"]) == ("2026-01-01T00:00:00Z", "2027-06-30T00:00:00Z")
    assert (new["version"], new["status"], new["enabled"]) == ("2.0", "current", True)
    assert new["sunset_at"] is None


def test_the_old_address_of_the_text_is_deprecated_in_v1(http: httpx.Client, upload: Any) -> None:
    document = upload("Alt")
    answer = http.get(f"/api/v1/documents/{document['id']}/ocr-text")
    assert answer.json() == {"id": document["id"], "text": document["extracted_text"]}
    assert "extracted-text" in answer.headers["X-API-Deprecation"]
    assert answer.headers["Deprecation"] == "@1767225600"
    assert answer.headers["Sunset"] == "Wed, 30 Jun 2027 00:00:00 GMT"
    link = answer.headers["Link"]
    assert f'</api/v2/documents/{document["id"]}/extracted-text>; rel="successor-version"' in link
    assert 'rel="deprecation"' in link
    counted = httpx.get(f"{http.base_url}/metrics").text
    assert 'ablage_deprecated_uses_total{client="key:' in counted


def test_the_old_address_of_the_text_is_gone_from_v2(http: httpx.Client) -> None:
    document_id = uuid.uuid4()
    answer = http.get(f"/api/v2/documents/{document_id}/ocr-text")
    assert answer.status_code == 410
    assert answer.json()["code"] == "ENDPOINT_REMOVED"
    assert answer.headers["Link"] == (
        f'</api/v2/documents/{document_id}/extracted-text>; rel="successor-version"'
    )


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_each_version_publishes_its_description(anybody: httpx.Client, version: str) -> None:
    answer = anybody.get(f"/api/{version}/openapi.json")
    assert answer.json()["info"]["version"] == {"v1": "1.0", "v2": "2.0"}[version]
    assert all(path.startswith(f"/api/{version}/") for path in answer.json()["paths"])


def test_the_reference_page_lists_endpoints_and_errors(anybody: httpx.Client) -> None:
    page = anybody.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "/api/v2/documents/{document_id}" in page.text
    assert "DOC_INVALID_FORMAT" in page.text
    assert "<script" not in page.text


@pytest.fixture(scope="module")
def only_v2() -> Iterator[httpx.Client]:
    """A server that speaks v2 only."""
    with (
        AblageServer(api_versions=("2.0",), worker_concurrency=0) as server,
        httpx.Client(base_url=server.url, headers={"X-API-Key": server.api_key}) as client,
    ):
        yield client


def test_the_version_that_is_off_says_which_are_on(only_v2: httpx.Client) -> None:
    for path in ("/api/v1/documents", "/api/documents"):
        answer = only_v2.get(path)
        assert answer.status_code == 404
        assert answer.json()["code"] == "API_VERSION_DISABLED"
        assert "2.0" in answer.json()["detail"]
        assert answer.headers["X-API-Supported-Versions"] == "2.0"


def test_the_version_that_is_on_works(only_v2: httpx.Client) -> None:
    assert only_v2.get("/api/v2/documents").status_code == 200
    assert only_v2.get("/api/documents", headers={"X-API-Version": "2.0"}).status_code == 200


def test_the_list_of_versions_says_what_is_on(only_v2: httpx.Client) -> None:
    answer = only_v2.get("/api").json()
    assert [version["enabled"] for version in answer["versions"]] == [False, True]
    assert answer["default_version"] == "2.0"
