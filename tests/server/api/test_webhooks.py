"""Webhooks: what clients set up. How events travel is tested with the jobs."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server_stub.testing import AblageServer, WebhookReceiver
from tests.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_stub.testing import Account

Json = dict[str, Any]
URL = "http://127.0.0.1:9/hook"
KEYS = {"id", "url", "event_types", "description", "is_active", "created_at", "updated_at"}


def create(client: httpx.Client, **body: Any) -> Json:
    answer = client.post("/api/v2/webhooks", json={"url": URL, "event_types": ["document.processed"], **body})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def test_a_webhook_is_made_changed_and_deleted(http: httpx.Client) -> None:
    made = create(http, description="Buchhaltung")
    assert made.keys() == KEYS | {"secret"}
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    path = f"/api/v2/webhooks/{made['id']}"
    assert http.get(path).json() == {key: value for key, value in made.items() if key != "secret"}
    changed = http.patch(path, json={"event_types": ["document.failed"], "is_active": False}).json()
    assert (changed["event_types"], changed["is_active"]) == (["document.failed"], False)
    assert changed["url"] == URL
    assert made["id"] in {webhook["id"] for webhook in http.get("/api/v2/webhooks").json()["items"]}
    assert http.delete(path).status_code == 204
    gone = http.get(path)
    assert (gone.status_code, gone.json()["code"]) == (404, "WEBHOOK_NOT_FOUND")


def test_v1_knows_both_names_of_a_field(http: httpx.Client) -> None:
    made = http.post(
        "/api/v1/webhooks", json={"url": URL, "events": ["document.created"], "active": False}
    ).json()
    assert made.keys() == KEYS | {"secret", "events", "active"}
    assert made["events"] == made["event_types"] == ["document.created"]
    assert made["active"] is made["is_active"] is False
    path = f"/api/v1/webhooks/{made['id']}"
    assert http.patch(path, json={"active": True}).json()["is_active"] is True
    changed = http.patch(path, json={"event_types": ["document.failed"]}).json()
    assert changed["events"] == ["document.failed"]
    listed = http.get("/api/v1/webhooks").json()
    assert listed["total"] >= 1
    assert listed["items"][0].keys() == KEYS | {"events", "active"}


def test_rotation_gives_a_new_secret_and_no_other_answer_shows_one(http: httpx.Client) -> None:
    made = create(http)
    rotated = http.post(f"/api/v2/webhooks/{made['id']}/rotate-secret")
    assert rotated.status_code == 200
    assert rotated.json()["secret"] not in {made["secret"], None}
    for path in (f"/api/v2/webhooks/{made['id']}", "/api/v2/webhooks", "/api/v1/webhooks"):
        assert "whsec_" not in http.get(path).text


def test_a_test_event_is_delivered_and_listed(http: httpx.Client) -> None:
    with WebhookReceiver() as receiver:
        made = create(http, url=receiver.url)
        answer = http.post(f"/api/v2/webhooks/{made['id']}/test")
        assert answer.status_code == 202
        delivery = answer.json()
        assert delivery["event_type"] == "webhook.test"
        assert (delivery["status"], delivery["attempts"]) == ("pending", 0)

        def listed(version: str = "v2") -> Json | None:
            items = http.get(f"/api/{version}/webhooks/{made['id']}/deliveries").json()["items"]
            found: Json = next(item for item in items if item["id"] == delivery["id"])
            return found if found["status"] == "delivered" else None

        done = until(listed, "the test event is delivered")
        assert done is not None
        assert done["response_status"] in {200, 204}
        assert listed("v1") == done
        again = http.post(f"/api/v2/webhooks/{made['id']}/deliveries/{delivery['id']}/redeliver")
        assert again.status_code == 202
        until(listed, "it is delivered again")


def test_an_inactive_webhook_cannot_be_tested(http: httpx.Client) -> None:
    made = create(http, is_active=False)
    answer = http.post(f"/api/v2/webhooks/{made['id']}/test")
    assert (answer.status_code, answer.json()["code"]) == (409, "WEBHOOK_INACTIVE")


def test_an_unknown_delivery_is_not_found(http: httpx.Client) -> None:
    made = create(http)
    answer = http.post(f"/api/v2/webhooks/{made['id']}/deliveries/{uuid.uuid4()}/redeliver")
    assert (answer.status_code, answer.json()["code"]) == (404, "DELIVERY_NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "ftp://example.org/"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://user:secret@example.org/"}, "url"),
        ({"url": "https://example.org@127.0.0.1/"}, "url"),
        ({"url": "https://@127.0.0.1/"}, "url"),
        ({"url": "https://127.0.0.1\\@example.org/"}, "url"),
        ({"url": "https://example.org:80:90/"}, "url"),
        ({"url": "https://exämple.org/"}, "url"),
        ({"url": "http://[::1"}, "url"),
        ({"url": "https://example.org/\nHost: x"}, "url"),
        ({"event_types": []}, "event_types"),
        ({"event_types": ["document.eaten"]}, "event_types"),
        ({"description": "x" * 501}, "description"),
    ],
)
def test_a_wrong_value_is_named(http: httpx.Client, body: Json, field: str) -> None:
    answer = http.post("/api/v2/webhooks", json={"url": URL, "event_types": ["document.processed"], **body})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_webhooks_of_others_do_not_exist(
    http: httpx.Client, user: Account, viewer: Account, client_of: Callable[[Account], httpx.Client]
) -> None:
    mine = create(client_of(user))
    path = f"/api/v2/webhooks/{mine['id']}"
    assert client_of(viewer).get(path).status_code == 404
    assert http.get(path).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost:8000/", "http://10.0.0.1/", "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://2130706433/", "http://0.0.0.0/", "http://[fe80::1]/", "http://[64:ff9b::7f00:1]/",
        "http://0x7f.1/", "http://0/", "http://127.1:80/", "http://[::]/", "http://[::127.0.0.1]/",
        "http://[fec0::1]/", "http://[fd00:ec2::254]/", "http://[2002:7f00:1::]/", "http://100.64.0.1/",
        "http://100.100.100.200/", "http://224.0.0.1/", "http://255.255.255.255/", "http://LOCALHOST./",
    ],
)  # fmt: skip
def test_targets_in_private_networks_are_refused(guarded: httpx.Client, url: str) -> None:
    answer = guarded.post("/api/v2/webhooks", json={"url": url, "event_types": ["document.processed"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "WEBHOOK_URL_REFUSED")


@pytest.fixture(scope="module")
def guarded() -> Any:
    """A server that sends webhooks to public addresses only."""
    with (
        AblageServer(webhook_allow_private=False, worker_concurrency=0) as server,
        httpx.Client(base_url=server.url, headers={"X-API-Key": server.api_key}, timeout=60) as client,
    ):
        yield client


def test_webhooks_can_be_switched_off(make_pdf: Callable[[str], bytes]) -> None:
    with (
        AblageServer(enable_webhooks=False, worker_concurrency=0) as server,
        httpx.Client(base_url=server.url, headers={"X-API-Key": server.api_key}) as client,
    ):
        for answer in (
            client.get("/api/v2/webhooks"),
            client.post("/api/v1/webhooks", json={"url": URL, "events": ["document.created"]}),
            client.post(f"/api/v2/webhooks/{uuid.uuid4()}/test"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "WEBHOOKS_DISABLED")
        answer = client.post("/api/v2/documents", files={"file": ("a.pdf", make_pdf("x"))})
        assert answer.status_code == 201
