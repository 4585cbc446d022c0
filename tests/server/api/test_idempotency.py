"""Idempotency keys."""

from __future__ import annotations

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from server_stub.testing.accounts import fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from server_stub.testing import AblageServer, Account


@pytest.fixture
def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def test_the_same_upload_twice_makes_one_document(
    http: httpx.Client, make_pdf: Callable[[str], bytes], key: dict[str, str], server: AblageServer
) -> None:
    request: Any = {"files": {"file": ("a.pdf", make_pdf("x"))}, "data": {"tags": "a"}, "headers": key}
    first = http.post("/api/v2/documents", **request)
    again = http.post("/api/v2/documents", **request)
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    same = "SELECT id FROM documents WHERE filename = 'a.pdf' AND sha256 = $1"
    assert len(fetch(server.database_url, same, first.json()["sha256"])) == 1
    assert len(list((server.data_dir / "files" / "incoming").glob("*"))) == 0


@pytest.mark.parametrize("change", ["file", "name", "field", "path"])
def test_another_request_with_the_same_key_is_refused(
    http: httpx.Client, make_pdf: Callable[[str], bytes], key: dict[str, str], change: str
) -> None:
    data = make_pdf("x")
    assert http.post("/api/v2/documents", files={"file": ("a.pdf", data)}, headers=key).status_code == 201
    answer = http.post(
        "/api/v1/documents" if change == "path" else "/api/v2/documents",
        files={
            "file": ("b.pdf" if change == "name" else "a.pdf", make_pdf("y") if change == "file" else data)
        },
        data={"tags": "t"} if change == "field" else {},
        headers=key,
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_racing_uploads_with_one_key_make_one_document(
    http: httpx.Client, make_pdf: Callable[[str], bytes], key: dict[str, str], server: AblageServer
) -> None:
    data = make_pdf(uuid.uuid4().hex)

    def send(_: int) -> httpx.Response:
        return http.post("/api/v2/documents", files={"file": ("r.pdf", data)}, headers=key)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(16)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "IDEMPOTENCY_KEY_IN_USE"
            assert answer.headers["Retry-After"]
    sha256 = http.get(f"/api/v2/documents/{made.pop()}").json()["sha256"]
    rows = fetch(server.database_url, "SELECT id, storage_key FROM documents WHERE sha256 = $1", sha256)
    assert len(rows) == 1
    # Of the files of the others nothing is left.
    stored = [path for path in server.data_dir.rglob("*") if path.is_file() and path.read_bytes() == data]
    assert len(stored) == 1


def test_a_request_that_runs_elsewhere_is_told_so(
    http: httpx.Client, key: dict[str, str], server: AblageServer
) -> None:
    """The lock of a running request is taken by hand, on a connection of its own."""
    held = hold_lock(server, key["Idempotency-Key"])
    try:
        answer = http.post("/api/v2/api-keys", json={"name": "x"}, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_KEY_IN_USE")
    finally:
        held()
    assert http.post("/api/v2/api-keys", json={"name": "x"}, headers=key).status_code == 201


def hold_lock(server: AblageServer, key: str) -> Callable[[], None]:
    admin = "SELECT id FROM users WHERE email = 'admin@ablage.local'"
    user_id: Any = fetch(server.database_url, admin)[0]["id"]
    digest = hashlib.sha256(user_id.bytes + key.encode()).digest()
    connection = psycopg.connect(server.database_url)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])

    def let_go() -> None:
        connection.rollback()  # PostgreSQL confirms this; the end of a connection it notices later
        connection.close()

    return let_go


def test_a_failed_request_leaves_the_key_free(
    http: httpx.Client, make_pdf: Callable[[str], bytes], key: dict[str, str]
) -> None:
    wrong = http.post("/api/v2/documents", files={"file": ("a.pdf", b"no")}, headers=key)
    assert wrong.status_code == 415
    right = http.post("/api/v2/documents", files={"file": ("a.pdf", make_pdf("x"))}, headers=key)
    assert right.status_code == 201


def test_keys_belong_to_users(
    http: httpx.Client, user: Account, client_of: Callable[[Account], httpx.Client], key: dict[str, str]
) -> None:
    first = http.post("/api/v2/api-keys", json={"name": "x"}, headers=key).json()
    other = client_of(user).post("/api/v2/api-keys", json={"name": "x"}, headers=key)
    assert other.status_code == 201
    assert other.json()["id"] != first["id"]
    assert other.json()["key"] != first["key"]


def test_a_key_is_forgotten_after_a_day(
    http: httpx.Client, key: dict[str, str], server: AblageServer
) -> None:
    body = {"url": "http://127.0.0.1:9/", "event_types": ["document.created"]}
    first = http.post("/api/v2/webhooks", json=body, headers=key).json()
    assert http.post("/api/v2/webhooks", json=body, headers=key).json() == first
    fetch(
        server.database_url,
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = $1",
        key["Idempotency-Key"],
    )
    assert http.post("/api/v2/webhooks", json=body, headers=key).json()["id"] != first["id"]


@pytest.mark.parametrize("wrong", ["", "x" * 256, "ä"])
def test_a_key_must_be_short_and_printable(http: httpx.Client, wrong: str) -> None:
    answer = http.post("/api/v2/api-keys", json={"name": "x"}, headers={b"Idempotency-Key": wrong.encode()})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_every_other_post_replays_too(http: httpx.Client, upload: Any) -> None:
    document = upload("x")
    webhook = http.post(
        "/api/v2/webhooks", json={"url": "http://127.0.0.1:9/", "event_types": ["document.created"]}
    ).json()
    posts: list[tuple[str, Any]] = [
        (f"/api/v2/documents/{document['id']}/reprocess", {}),
        ("/api/v2/documents/batch/delete", {"document_ids": [str(uuid.uuid4())]}),
        ("/api/v2/users", {"email": f"{uuid.uuid4().hex}@example.org", "password": "lang genug"}),
        (f"/api/v2/webhooks/{webhook['id']}/rotate-secret", None),
        (f"/api/v2/webhooks/{webhook['id']}/test", None),
    ]
    for path, body in posts:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        first = http.post(path, json=body, headers=key)
        again = http.post(path, json=body, headers=key)
        assert first.is_success, first.text
        assert again.content == first.content
        assert again.headers.get("Idempotent-Replayed") == "true", path
