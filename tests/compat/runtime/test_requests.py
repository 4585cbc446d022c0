"""``client.request`` and ``client.session``, against servers with v1, v2 and both."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from ablage_client_compat import AblageAPIError, AblageAuthenticationError, AblageClient, AblageNotFoundError
from ablage_client_compat.raw.routes import path_below_version
from ablage_sdk.formats import V1_DOCUMENT_KEYS

from .conftest import INVOICE

if TYPE_CHECKING:
    from ablage_client_compat import Document
    from server_stub.testing import AblageServer


def test_a_document_is_answered_as_v1_did(client: AblageClient, done: Document) -> None:
    for path in (
        f"/api/v1/documents/{done.id}",
        f"/documents/{done.id}",
        f"{client.base_url}/api/documents/{done.id}",
    ):
        response = client.request("GET", path)
        assert (response.status_code, response.ok, bool(response)) == (200, True, True)
        assert response.headers["content-type"] == response.headers["Content-Type"] == "application/json"
        assert response.headers["X-Request-ID"]
        assert response.headers["X-API-Version"] == "1.0"
        document = response.json()
        assert tuple(document) == V1_DOCUMENT_KEYS
        assert (document["ocr_text"], document["ocr_result"]) == (done.ocr_text, done.ocr_result)
        assert response.content.decode() == response.text
        assert response.raise_for_status() is None  # type: ignore[func-returns-value]  # as with requests


def test_the_life_of_a_document(client: AblageClient) -> None:
    with INVOICE.open("rb") as file:
        created = client.request(
            "post", "/api/v1/documents/upload", files={"file": file}, data={"tags": "x,y"}
        )
    assert (created.status_code, created.json()["filename"], created.json()["tags"]) == (
        201,
        "invoice.pdf",
        ["x", "y"],
    )
    named = {"file": ("other.pdf", INVOICE.read_bytes(), "application/pdf")}
    other = client.request("POST", "/documents", files=named).json()
    assert other["filename"] == "other.pdf"
    path = f"/api/v1/documents/{created.json()['id']}"
    assert client.request("PATCH", path, json={"tags": ["z"]}).json()["tags"] == ["z"]
    client.documents.wait_for_completion(created.json()["id"])
    for name in ("ocr-text", "extracted-text"):
        assert "Rechnung" in client.request("GET", f"{path}/{name}").json()["text"]
    assert client.request("GET", f"{path}/download").content == INVOICE.read_bytes()
    again = client.request("POST", f"{path}/ocr", json={"ocr_backend": "text-layer"})
    assert (again.status_code, again.json()["status"]) == (202, "pending")
    client.documents.wait_for_completion(created.json()["id"])
    listed = client.request("GET", "/api/v1/documents", params={"page_size": 1, "tag": "z"}).json()
    assert (listed["total"], listed["page_size"], listed["items"][0]["tags"]) == (1, 1, ["z"])
    assert client.request("GET", "/documents?skip=1&limit=5&tag=z").json()["items"] == []
    found = client.request("GET", "/documents/search", params={"q": "Rechnung"}).json()["items"]
    assert found[0]["score"] > 0
    for document_id in (created.json()["id"], other["id"]):
        deleted = client.request("DELETE", f"/documents/{document_id}")
        assert (deleted.status_code, deleted.content) == (204, b"")


def test_an_error_is_a_response_too(client: AblageClient) -> None:
    missing = client.request("GET", f"/api/v1/documents/{uuid.uuid4()}")
    assert (missing.status_code, missing.ok, bool(missing)) == (404, False, False)
    assert missing.json()["detail"] == missing.json()["message"]
    assert missing.json()["code"] == "DOC_NOT_FOUND"
    with pytest.raises(AblageNotFoundError) as caught:
        missing.raise_for_status()
    assert (caught.value.error_code, caught.value.status_code) == ("DOC_NOT_FOUND", 404)
    invalid = client.request("GET", "/documents", params={"page": 0})
    assert invalid.status_code == 422
    unknown = client.request("GET", "/api/v1/nothing/here")
    assert unknown.status_code == 404


def test_other_resources(client: AblageClient) -> None:
    me = client.request("GET", "/api/v1/auth/me").json()
    assert me["role"] == "admin"
    assert client.request("GET", f"/users/{me['id']}").json()["email"] == me["email"]
    assert client.request("GET", "/users", params={"page_size": 1}).json()["total"] >= 1
    body = {"url": "https://example.org/x", "events": ["document.created"]}
    webhook = client.request("POST", "/api/v1/webhooks", json=body).json()
    assert webhook["events"] == webhook["event_types"] == ["document.created"]
    assert client.request("DELETE", f"/webhooks/{webhook['id']}").status_code == 204
    assert client.request("GET", "/analytics/usage").json()["documents_total"] >= 0
    assert client.request("GET", "/api/v1/health").json()["status"] == "ok"


def test_what_names_another_version_goes_to_the_server_as_it_is(client: AblageClient) -> None:
    assert client.request("GET", "/api").json()["release"].startswith("2.")


def test_no_answer_is_raised() -> None:
    client = AblageClient("ak_test_x", "http://127.0.0.1:9", max_retries=0)
    for path in ("/documents", "/api"):
        with pytest.raises(AblageAPIError) as caught:
            client.request("GET", path)
        assert caught.value.status_code is None


def test_headers_of_the_session_are_sent_with_every_request(
    any_server: AblageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ABLAGE_API_KEY", raising=False)
    with AblageClient(base_url=any_server.url) as client:
        with pytest.raises(AblageAuthenticationError):
            client.get_current_user()
        client.session.headers["Authorization"] = f"Bearer {any_server.api_key}"
        assert client.get_current_user()["role"] == "admin"
        del client.session.headers["authorization"]
        client.session.headers.update({"X-API-Key": any_server.api_key, "X-Request-ID": "mine-1"})
        assert client.request("GET", "/auth/me").headers["X-Request-ID"] == "mine-1"
        assert any_server.api_key not in repr(client.session.headers)
        other = {"X-Request-ID": "mine-2"}
        assert (
            client.request("GET", "/auth/me", headers=other, timeout=(5, 30)).headers["X-Request-ID"]
            == "mine-2"
        )
        assert client.documents.list(page_size=1) is not None
        client.session.headers.clear()
        with pytest.raises(AblageAuthenticationError):
            client.get_current_user()


def test_what_a_session_does_not_have_is_said() -> None:
    client = AblageClient("ak_test_x", "http://127.0.0.1:9")
    with pytest.raises(AttributeError, match="verify_ssl"):
        client.session.verify = False
    client.session.headers = {"A": "1"}  # type: ignore[assignment]  # as requests allows
    assert client.session.headers["a"] == "1"


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/api/v1/documents/1", "/documents/1"),
        ("/api/documents", "/documents"),
        ("documents", "/documents"),
        ("/documents", "/documents"),
        ("/api", "/api"),
        ("/api/v2/documents", None),
    ],
)
def test_paths_of_v1(path: str, below: str | None) -> None:
    assert path_below_version(path) == below
