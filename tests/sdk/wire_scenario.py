"""Asks a server for one answer of every kind; ``python -m tests.sdk.wire_scenario`` writes down new ones.

What is written is never changed: it is what a server of that release answered.
"""

from __future__ import annotations

import io
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import httpx

from server_stub.testing import AblageServer, WebhookReceiver
from tests.patience import until

if TYPE_CHECKING:
    from server_stub.testing import Account

__all__ = ["CAPTURED", "Version", "answers"]

CAPTURED = Path(__file__).parents[1] / "wire" / "captured"
INVOICE = Path(__file__).parents[2] / "examples" / "documents" / "invoice.pdf"
PASSWORD = "correct horse battery staple"
Version: TypeAlias = Literal["v1", "v2"]


def answers(server: AblageServer, version: Version) -> dict[str, bytes]:
    """Return an answer of every kind, by name; they are about nobody else's things."""
    owner = server.new_account("user")
    found: dict[str, bytes] = {}
    with httpx.Client(base_url=server.url, headers=owner.headers, timeout=60) as http:
        prefix = f"/api/{version}"
        _documents(http, prefix, found)
        _webhooks(http, prefix, found)
        _keys(http, prefix, found)
        for name in ("usage", "metrics"):
            found[name] = _get(http, f"{prefix}/analytics/{name}")
        found["user.me"] = _get(http, f"{prefix}/auth/me")
        found["health"] = _get(http, "/health")
        found["readiness"] = _get(http, "/health/ready")
        found["versions"] = _get(http, "/api")
        if version == "v2":
            found["roles"] = _get(http, f"{prefix}/roles", headers=server.new_account("admin").headers)
    _users(server, server.new_account("admin"), version, found)
    return found


def _get(http: httpx.Client, path: str, **options: dict[str, str]) -> bytes:
    return http.get(path, **options).raise_for_status().content  # type: ignore[arg-type]  # headers or params


def _documents(http: httpx.Client, prefix: str, found: dict[str, bytes]) -> None:
    def upload(name: str, content: bytes) -> tuple[str, bytes]:
        answer = http.post(
            f"{prefix}/documents/upload",
            files={"file": (name, io.BytesIO(content))},
            data={"tags": "rechnung,2026", "metadata": '{"kunde": 4711, "betrag": 1190.0}', "language": "de"},
        ).raise_for_status()
        return answer.json()["id"], answer.content

    mark = b"\n% " + uuid.uuid4().hex.encode()
    done, found["document.uploaded"] = upload("Rechnung März.pdf", INVOICE.read_bytes() + mark)
    broken, _ = upload("kaputt.pdf", b"%PDF-1.4 broken" + mark)
    for each in (done, broken):
        until(partial(_final, http, f"{prefix}/documents/{each}"), "recognition ended")
    found["document.completed"] = _get(http, f"{prefix}/documents/{done}")
    found["document.failed"] = _get(http, f"{prefix}/documents/{broken}")
    changed = http.patch(f"{prefix}/documents/{done}", json={"tags": [], "filename": "neu.pdf"})
    found["document.changed"] = changed.raise_for_status().content
    found["text"] = _get(http, f"{prefix}/documents/{done}/extracted-text")
    found["documents"] = _get(http, f"{prefix}/documents")
    found["hits"] = _get(http, f"{prefix}/documents/search", params={"q": "Rechnung"})
    if prefix.endswith("v2"):
        found["documents.whole"] = _get(http, f"{prefix}/documents", params={"include": "ocr_result"})
        gone = {"document_ids": [broken, str(uuid.uuid4())]}
        found["batch_delete"] = (
            http.post(f"{prefix}/documents/batch/delete", json=gone).raise_for_status().content
        )


def _final(http: httpx.Client, path: str) -> bool:
    return http.get(path).json()["status"] in {"completed", "failed"}


def _webhooks(http: httpx.Client, prefix: str, found: dict[str, bytes]) -> None:
    with WebhookReceiver() as receiver:
        body = {"url": receiver.url, "event_types": ["document.processed"], "description": "Buchhaltung"}
        made = http.post(f"{prefix}/webhooks", json=body).raise_for_status()
        found["webhook.created"], path = made.content, f"{prefix}/webhooks/{made.json()['id']}"
        http.post(f"{path}/test").raise_for_status()
        until(lambda: bool(receiver.received), "the event")
        found["event"] = receiver.received[0].body
        until(
            lambda: http.get(f"{path}/deliveries").json()["items"][0]["status"] == "delivered", "its delivery"
        )
        found["deliveries"] = _get(http, f"{path}/deliveries")
        found["webhook"] = _get(http, path)
        found["webhooks"] = _get(http, f"{prefix}/webhooks")
        http.delete(path).raise_for_status()


def _keys(http: httpx.Client, prefix: str, found: dict[str, bytes]) -> None:
    body = {"name": "scanner", "scopes": ["documents:read"], "expires_at": "2099-01-01T00:00:00Z"}
    found["api_key.created"] = http.post(f"{prefix}/api-keys", json=body).raise_for_status().content
    found["api_keys"] = _get(http, f"{prefix}/api-keys")


def _users(server: AblageServer, admin: Account, version: Version, found: dict[str, bytes]) -> None:
    prefix, role = f"/api/{version}", {"role": "viewer"} if version == "v1" else {"roles": ["viewer"]}
    with httpx.Client(base_url=server.url, headers=admin.headers, timeout=60) as http:
        email = f"ada-{uuid.uuid4().hex[:8]}@example.org"
        body = {"email": email, "password": PASSWORD, "full_name": "Ada Lovelace", **role}
        made = http.post(f"{prefix}/users", json=body).raise_for_status()
        found["user"] = _get(http, f"{prefix}/users/{made.json()['id']}")
        found["users"] = _get(
            http, f"{prefix}/users", params={"limit": "2"} if version == "v2" else {"page_size": "2"}
        )
        login = {"email": email, "password": PASSWORD}
        token = http.post(f"{prefix}/auth/login", json=login, headers={"X-API-Key": ""}).raise_for_status()
        found["token"] = token.content


def main() -> None:
    """Write answers of kinds that there are none of yet."""
    with AblageServer() as server:
        for version in ("v1", "v2"):
            folder = CAPTURED / version
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in answers(server, version).items():
                path = folder / f"{name}.json"
                if not path.exists():
                    path.write_bytes(content + b"\n")
                    print(f"{path.relative_to(CAPTURED)}: new")


if __name__ == "__main__":
    main()
