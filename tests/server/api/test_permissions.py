"""Every endpoint × every role × somebody else's object."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from server_stub.testing import Account

OPENAPI = Path(__file__).parents[3] / "openapi"
PDF = b"%PDF-1.4\nfor permissions"


@dataclass(frozen=True)
class Case:
    """What one request answers to an admin, a user and a viewer; the object belongs to another user."""

    request: str
    admin: int
    user: int
    viewer: int
    body: Any = None
    nobody: int = 401


NOTHING = str(uuid.uuid4())
DOCUMENT, WEBHOOK, KEY, USER = "{document_id}", "{webhook_id}", "{key_id}", "{user_id}"

#: One line per endpoint of v2; v1 has the same under the same names unless said otherwise.
CASES = [
    Case("GET /health", 200, 200, 200, nobody=200),
    Case("POST /auth/login", 401, 401, 401, {"email": "{nobody}@example.org", "password": "x"}),
    Case("POST /auth/refresh", 401, 401, 401, {"refresh_token": "rt_x"}),
    Case("POST /auth/logout", 204, 204, 204, {}, nobody=204),
    Case("GET /auth/me", 200, 200, 200),
    Case("GET /documents", 200, 200, 200),
    Case("POST /documents", 201, 201, 403, "file"),
    Case("POST /documents/upload", 201, 201, 403, "file"),
    Case("GET /documents/search", 200, 200, 200),
    Case("GET /documents/{document_id}", 200, 404, 200),
    Case("GET /documents/{document_id}/download", 200, 404, 200),
    Case("GET /documents/{document_id}/extracted-text", 200, 404, 200),
    Case("GET /documents/{document_id}/ocr-text", 200, 404, 200),
    Case("PATCH /documents/{document_id}", 200, 404, 403, {"tags": ["t"]}),
    Case("POST /documents/{document_id}/reprocess", 202, 404, 403, {}),
    Case("POST /documents/{document_id}/ocr", 202, 404, 403, {}),
    Case("POST /documents/batch/delete", 200, 200, 403, {"document_ids": [NOTHING]}),
    Case("GET /users", 200, 200, 403),
    Case("POST /users", 201, 403, 403, "user"),
    Case("GET /users/{user_id}", 200, 200, 403),
    Case("PATCH /users/{user_id}", 200, 403, 403, {"full_name": "Neu"}),
    Case("GET /roles", 200, 200, 403),
    Case("GET /api-keys", 200, 200, 200),
    Case("POST /api-keys", 201, 201, 201, {"name": "x"}),
    Case("DELETE /api-keys/{key_id}", 404, 404, 404),
    Case("GET /webhooks", 200, 200, 200),
    Case(
        "POST /webhooks", 201, 201, 201, {"url": "http://127.0.0.1:9/", "event_types": ["document.created"]}
    ),
    Case("GET /webhooks/{webhook_id}", 200, 404, 404),
    Case("PATCH /webhooks/{webhook_id}", 200, 404, 404, {"description": "x"}),
    Case("POST /webhooks/{webhook_id}/rotate-secret", 200, 404, 404),
    Case("POST /webhooks/{webhook_id}/test", 202, 404, 404),
    Case("GET /webhooks/{webhook_id}/deliveries", 200, 404, 404),
    Case("POST /webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", 404, 404, 404),
    Case("GET /analytics/usage", 200, 200, 200),
    Case("GET /analytics/metrics", 200, 200, 200),
    # What is deleted is not there for the others.
    Case("DELETE /webhooks/{webhook_id}", 204, 404, 404),
    Case("DELETE /documents/{document_id}", 204, 404, 403),
    Case("DELETE /users/{user_id}", 204, 403, 403),
]
ONLY_V1 = {"GET /documents/{document_id}/ocr-text", "POST /documents/{document_id}/ocr"}
ONLY_V2 = {"POST /documents/batch/delete", "GET /roles"}


@pytest.fixture
def belongings(
    new_account: Callable[[str], Account], client_of: Callable[[Account], httpx.Client], finished: Any
) -> dict[str, str]:
    """What another user has: placeholder → id."""
    account = new_account("user")
    theirs = client_of(account)
    document = theirs.post("/api/v2/documents", files={"file": ("a.pdf", PDF)}).json()
    finished(document["id"], theirs)
    hook = {"url": "http://127.0.0.1:9/", "event_types": ["document.updated"]}
    return {
        DOCUMENT: document["id"],
        WEBHOOK: theirs.post("/api/v2/webhooks", json=hook).json()["id"],
        KEY: theirs.post("/api/v2/api-keys", json={"name": "x"}).json()["id"],
        USER: str(account.user_id),
        "{delivery_id}": str(uuid.uuid4()),
    }


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("role", ["nobody", "viewer", "user", "admin"])
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    anybody: httpx.Client,
    new_account: Callable[[str], Account],
    belongings: dict[str, str],
    http: httpx.Client,
    finished: Any,
    role: str,
    version: str,
) -> None:
    headers = {} if role == "nobody" else new_account(role).headers
    wrong = []
    for case in CASES:
        if case.request in (ONLY_V1 if version == "v2" else ONLY_V2):
            continue
        if case.request.endswith(("/reprocess", "/ocr")):
            finished(belongings[DOCUMENT], http)
        answer = send(anybody, case, version, belongings, headers)
        if answer.status_code != getattr(case, role):
            wrong.append((case.request, answer.status_code, getattr(case, role), answer.text[:200]))
    assert not wrong


def send(
    client: httpx.Client, case: Case, version: str, belongings: dict[str, str], headers: dict[str, str]
) -> httpx.Response:
    method, path = case.request.split(" ")
    body = json.dumps(case.body).replace("{nobody}", uuid.uuid4().hex)  # a known one would soon be locked
    for placeholder, value in belongings.items():
        path, body = path.replace(placeholder, value), body.replace(placeholder, value)
    options: dict[str, Any] = {"json": json.loads(body)} if case.body is not None else {}
    if case.body == "file":
        options = {"files": {"file": ("a.pdf", PDF)}}
    if case.body == "user":
        options = {"json": {"email": f"{uuid.uuid4().hex}@example.org", "password": "lang genug"}}
    if path.endswith("search"):
        options["params"] = {"q": "x"}
    return client.request(method, f"/api/{version}{path}", headers=headers, **options)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_table_has_a_line_for_every_endpoint(version: str) -> None:
    document = json.loads((OPENAPI / f"{version}.json").read_text())
    served = {
        f"{method.upper()} {path.removeprefix(f'/api/{version}')}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    tested = {case.request for case in CASES} - (ONLY_V1 if version == "v2" else ONLY_V2)
    assert served == tested


def test_a_batch_deletes_only_ones_own(
    user: Account,
    client_of: Callable[[Account], httpx.Client],
    belongings: dict[str, str],
    http: httpx.Client,
) -> None:
    answer = client_of(user).post(
        "/api/v2/documents/batch/delete", json={"document_ids": [belongings[DOCUMENT]]}
    )
    assert answer.json()["deleted"] == 0
    assert answer.json()["results"][0]["status"] == "not_found"
    assert http.get(f"/api/v2/documents/{belongings[DOCUMENT]}").status_code == 200


def test_lists_show_ones_own_to_users_and_everything_to_viewers(
    anybody: httpx.Client, user: Account, viewer: Account, belongings: dict[str, str]
) -> None:
    for version in ("v1", "v2"):
        for account, expected in ((user, False), (viewer, True)):
            answer = anybody.get(f"/api/{version}/documents", headers=account.headers)
            assert (belongings[DOCUMENT] in answer.text) is expected
