"""Users and roles."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server_stub.testing import AblageServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_stub.testing import Account

PASSWORD = "richtig pferd batterie"


def new_email() -> str:
    return f"{uuid.uuid4().hex}@example.org"


def test_a_user_is_made_changed_and_deleted(http: httpx.Client) -> None:
    email = new_email()
    made = http.post(
        "/api/v2/users",
        json={"email": email, "password": PASSWORD, "full_name": "Ada", "roles": ["user", "viewer"]},
    )
    assert made.status_code == 201
    user = made.json()
    assert made.headers["Location"] == f"/api/v2/users/{user['id']}"
    assert user.keys() == {
        "id", "email", "full_name", "is_active", "roles", "permissions", "created_at", "updated_at",
    }  # fmt: skip
    assert (user["email"], user["roles"], user["is_active"]) == (email, ["user", "viewer"], True)
    path = f"/api/v2/users/{user['id']}"
    changed = http.patch(path, json={"full_name": "Ada L.", "roles": ["viewer"]}).json()
    assert (changed["full_name"], changed["roles"]) == ("Ada L.", ["viewer"])
    assert changed["permissions"]["documents"] == ["read"]
    assert changed["permissions"]["users"] == []
    assert http.get(path).json() == changed
    assert http.delete(path).status_code == 204
    gone = http.get(path)
    assert (gone.status_code, gone.json()["code"]) == (404, "USER_NOT_FOUND")


def test_v1_users_have_one_role(http: httpx.Client) -> None:
    user = http.post("/api/v1/users", json={"email": new_email(), "password": PASSWORD}).json()
    assert user.keys() == {"id", "email", "full_name", "is_active", "role", "created_at", "updated_at"}
    assert user["role"] == "user"
    changed = http.patch(f"/api/v1/users/{user['id']}", json={"role": "viewer"}).json()
    assert changed["role"] == "viewer"
    assert http.get(f"/api/v2/users/{user['id']}").json()["roles"] == ["viewer"]
    http.patch(f"/api/v2/users/{user['id']}", json={"roles": ["viewer", "user"]})
    assert http.get(f"/api/v1/users/{user['id']}").json()["role"] == "user"


def test_an_address_is_taken_once(http: httpx.Client) -> None:
    email = new_email()
    assert http.post("/api/v2/users", json={"email": email, "password": PASSWORD}).status_code == 201
    again = http.post("/api/v2/users", json={"email": email.upper(), "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (409, "USER_EMAIL_TAKEN")
    other = http.post("/api/v2/users", json={"email": new_email(), "password": PASSWORD}).json()
    taken = http.patch(f"/api/v2/users/{other['id']}", json={"email": email})
    assert taken.status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nobody", "password": PASSWORD}, "email"),
        ({"email": "a@b\n", "password": PASSWORD}, "email"),
        ({"email": "a@example.org", "password": "short"}, "password"),
        ({"email": "a@example.org", "password": PASSWORD, "roles": ["king"]}, "roles"),
        ({"email": "a@example.org", "password": PASSWORD, "full_name": "\u0000"}, "full_name"),
        ({"email": "a@example.org", "password": PASSWORD, "is_admin": True}, "is_admin"),
    ],
)
def test_a_wrong_value_is_named(http: httpx.Client, body: dict[str, Any], field: str) -> None:
    answer = http.post("/api/v2/users", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_lists_page_in_both_ways(http: httpx.Client) -> None:
    made = [
        http.post("/api/v2/users", json={"email": new_email(), "password": PASSWORD}).json()["id"]
        for _ in range(3)
    ]
    first = http.get("/api/v2/users", params={"limit": 2}).json()
    second = http.get("/api/v2/users", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    found = [user["id"] for user in first["items"] + second["items"]]
    assert found[:3] == made[::-1]
    assert len(set(found)) == 4
    old = http.get("/api/v1/users", params={"page_size": 2, "page": 2}).json()
    assert [user["id"] for user in old["items"]] == [user["id"] for user in second["items"]]
    assert old["total"] >= 4


def test_roles_say_what_they_allow(http: httpx.Client) -> None:
    roles = {role["name"]: role for role in http.get("/api/v2/roles").json()["items"]}
    assert roles["admin"]["id"] == "a1111111-1111-1111-1111-111111111111"
    assert roles["user"]["permissions"] == {
        "documents": ["create", "read", "update", "delete"],
        "users": ["read"],
        "settings": ["read"],
        "analytics": ["read"],
    }
    assert roles["viewer"]["permissions"]["documents"] == ["read"]
    assert http.get("/api/v1/roles").status_code == 404


def test_deleting_a_user_deletes_their_documents_and_files(
    http: httpx.Client,
    server: AblageServer,
    new_account: Callable[[str], Account],
    client_of: Callable[[Account], httpx.Client],
    upload: Any,
) -> None:
    account = new_account("user")
    document = upload("x", client=client_of(account))
    stored = list(server.data_dir.rglob(document["id"]))
    assert len(stored) == 1
    assert http.delete(f"/api/v2/users/{account.user_id}").status_code == 204
    assert http.get(f"/api/v2/documents/{document['id']}").status_code == 404
    assert not stored[0].exists()


def test_the_last_admin_cannot_be_lost() -> None:
    with (
        AblageServer(worker_concurrency=0) as server,
        httpx.Client(base_url=server.url, headers={"X-API-Key": server.api_key}) as client,
    ):
        mine = client.get("/api/v2/auth/me").json()
        path = f"/api/v2/users/{mine['id']}"
        for answer in (
            client.patch(path, json={"roles": ["user"]}),
            client.patch(path, json={"is_active": False}),
            client.delete(path),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "LAST_ADMIN")
        assert client.get("/api/v2/auth/me").json() == mine
        other = client.post(
            "/api/v2/users", json={"email": new_email(), "password": PASSWORD, "roles": ["admin"]}
        )
        assert other.status_code == 201
        assert client.patch(path, json={"roles": ["user"]}).status_code == 200
