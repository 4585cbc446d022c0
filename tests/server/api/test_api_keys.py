"""API keys."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from server_stub.testing.accounts import fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from server_stub.testing import AblageServer, Account


def create(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v2/api-keys", json={"name": "test", **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def get_in(client: httpx.Client, key: str, path: str = "/api/v2/documents") -> httpx.Response:
    return client.get(path, headers={"X-API-Key": key})


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_key_is_shown_once_and_stored_as_a_hash(
    http: httpx.Client, anybody: httpx.Client, server: AblageServer, version: str
) -> None:
    answer = http.post(f"/api/{version}/api-keys", json={"name": "Rechnungseingang"})
    assert answer.status_code == 201
    made = answer.json()
    assert made.keys() == {
        "id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at", "key",
    }  # fmt: skip
    assert made["key"].startswith("ak_live_")
    assert len(made["key"]) >= 51
    assert made["prefix"] == made["key"][:16]
    assert get_in(anybody, made["key"]).status_code == 200
    listed = http.get(f"/api/{version}/api-keys").json()["items"]
    mine = next(key for key in listed if key["id"] == made["id"])
    assert "key" not in mine
    assert mine["last_used_at"] is not None
    rows = fetch(server.database_url, "SELECT * FROM api_keys WHERE id = $1", uuid.UUID(made["id"]))
    assert made["key"] not in str(rows)


def test_a_revoked_key_stops_working_within_a_second(http: httpx.Client, anybody: httpx.Client) -> None:
    made = create(http)
    assert get_in(anybody, made["key"]).status_code == 200
    for _ in range(2):
        assert http.delete(f"/api/v2/api-keys/{made['id']}").status_code == 204
    time.sleep(1)
    answer = get_in(anybody, made["key"])
    assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_INVALID_CREDENTIALS")
    listed = http.get("/api/v2/api-keys").json()["items"]
    assert next(key for key in listed if key["id"] == made["id"])["revoked_at"] is not None


def test_an_expired_key_is_refused(http: httpx.Client, anybody: httpx.Client, server: AblageServer) -> None:
    made = create(http, expires_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert get_in(anybody, made["key"]).status_code == 200
    fetch(server.database_url, "UPDATE api_keys SET expires_at = now() WHERE id = $1", uuid.UUID(made["id"]))
    time.sleep(1)
    answer = get_in(anybody, made["key"])
    assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_TOKEN_EXPIRED")


def test_scopes_limit_a_key(http: httpx.Client, anybody: httpx.Client) -> None:
    key = create(http, scopes=["documents:read"])["key"]
    assert get_in(anybody, key).status_code == 200
    refused = get_in(anybody, key, "/api/v2/users")
    assert (refused.status_code, refused.json()["code"]) == (403, "PERM_DENIED")
    assert "users:read" in refused.json()["detail"]
    upload = anybody.post("/api/v2/documents", files={"file": b"%PDF-1.4"}, headers={"X-API-Key": key})
    assert upload.status_code == 403
    assert get_in(anybody, create(http, scopes=[])["key"]).status_code == 403


def test_a_limited_key_cannot_make_a_mightier_one(http: httpx.Client, anybody: httpx.Client) -> None:
    limited = create(http, scopes=["api_keys:create", "documents:read"])["key"]
    more = anybody.post(
        "/api/v2/api-keys",
        json={"name": "more", "scopes": ["users:delete"]},
        headers={"X-API-Key": limited},
    )
    assert more.status_code == 422
    same = anybody.post("/api/v2/api-keys", json={"name": "same"}, headers={"X-API-Key": limited})
    assert same.json()["scopes"] == ["api_keys:create", "documents:read"]


def test_nobody_gives_away_more_than_they_have(
    viewer: Account, client_of: Callable[[Account], httpx.Client]
) -> None:
    answer = client_of(viewer).post("/api/v2/api-keys", json={"name": "x", "scopes": ["documents:delete"]})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": ""}, "name"), ({"name": "x", "scopes": ["all"]}, "scopes"),
     ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
     ({"name": "x", "expires_at": "2099-01-01T00:00:00"}, "expires_at")],
)  # fmt: skip
def test_a_wrong_value_is_named(http: httpx.Client, body: dict[str, Any], field: str) -> None:
    answer = http.post("/api/v2/api-keys", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_the_same_idempotency_key_gives_the_same_secret_and_stores_none(
    http: httpx.Client, anybody: httpx.Client, server: AblageServer
) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first = http.post("/api/v2/api-keys", json={"name": "x"}, headers=headers)
    again = http.post("/api/v2/api-keys", json={"name": "x"}, headers=headers)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    secret = first.json()["key"]
    assert get_in(anybody, secret).status_code == 200
    rows = fetch(
        server.database_url, "SELECT body FROM idempotency_keys WHERE key = $1", headers["Idempotency-Key"]
    )
    body = rows[0]["body"]
    assert isinstance(body, bytes)
    assert secret.encode() not in body
