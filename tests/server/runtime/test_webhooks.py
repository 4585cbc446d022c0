"""Webhooks arrive: signed, in order, again after failures, and never at the cost of others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import pytest
from standardwebhooks.webhooks import Webhook as StandardWebhook

from ablage_sdk.webhooks import Webhook
from server_stub.testing import AblageServer, WebhookReceiver
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server_stub.testing import Account

EVENTS = tuple(
    f"document.{kind}" for kind in ("created", "processing", "processed", "failed", "updated", "deleted")
)
#: Seconds before each of three attempts.
SCHEDULE = (0.0, 0.2, 0.2)


@pytest.fixture(scope="module")
def hasty() -> Iterator[AblageServer]:
    """A server that tries again after fractions of a second, and does not wait long."""
    with AblageServer(webhook_schedule_seconds=SCHEDULE, webhook_timeout_seconds=5) as server:
        yield server


@pytest.fixture
def owner(hasty: AblageServer) -> Account:
    return hasty.new_account("user")


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def subscribe(
    server: AblageServer, owner: Account, url: str, *events: str, secret: str = "", previous: str = ""
) -> UUID:
    rows = server.fetch(
        """
        INSERT INTO webhooks (user_id, url, event_types, secret, previous_secret, previous_secret_expires_at)
        VALUES ($1, $2, $3::text::jsonb, $4, nullif($5, ''), now() + interval '1 day') RETURNING id
        """,
        owner.user_id, url, json.dumps(events or EVENTS), secret or new_secret(), previous,
    )  # fmt: skip
    found = rows[0]["id"]
    assert isinstance(found, UUID)
    return found


def upload(server: AblageServer, owner: Account, content: bytes) -> str:
    answer = httpx.post(
        f"{server.url}/api/v2/documents",
        headers=owner.headers,
        files={"file": ("a.pdf", content)},
        timeout=patient(60),
    )
    assert answer.status_code == 201, answer.text
    document_id: str = answer.json()["id"]
    return document_id


def deliveries(server: AblageServer, webhook_id: UUID) -> list[dict[str, object]]:
    return server.fetch(
        "SELECT * FROM notification_deliveries WHERE webhook_id = $1 ORDER BY event_id", webhook_id
    )


def dead(server: AblageServer, webhook_id: UUID) -> list[dict[str, object]]:
    return [one for one in deliveries(server, webhook_id) if one["status"] == "dead"]


def test_events_of_a_document_arrive_in_order_and_once(
    hasty: AblageServer, owner: Account, receiver: WebhookReceiver, make_pdf: Callable[[str], bytes]
) -> None:
    subscribe(hasty, owner, receiver.url)
    document_id = upload(hasty, owner, make_pdf("Guten Tag"))
    until(lambda: "document.processed" in receiver.types(), "the last event arrives")
    assert receiver.types() == ["document.created", "document.processing", "document.processed"]
    last = receiver.received[-1].event
    assert last["data"]["document"]["id"] == document_id  # type: ignore[index]  # JSON
    assert last["data"]["document"]["status"] == "completed"  # type: ignore[index]  # JSON
    assert len({webhook.event["id"] for webhook in receiver.received}) == 3


def test_signatures_satisfy_the_library_of_the_specification_and_the_client(
    hasty: AblageServer, owner: Account, receiver: WebhookReceiver, make_pdf: Callable[[str], bytes]
) -> None:
    new, old = new_secret(), new_secret()
    subscribe(hasty, owner, receiver.url, "document.created", secret=new, previous=old)
    upload(hasty, owner, make_pdf("x"))
    until(lambda: receiver.received, "the webhook arrives")
    webhook = receiver.received[0]
    for secret in (new, old):  # while a rotation goes on, both are valid
        StandardWebhook(secret).verify(webhook.body, webhook.headers)
        assert Webhook(secret).verify(webhook.body, webhook.headers).type == "document.created"
        time, *signatures = webhook.headers["x-ablage-signature"].split(",")
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = time.removeprefix("t=").encode() + b"." + webhook.body
        assert f"v1={hmac.new(key, signed, hashlib.sha256).hexdigest()}" in signatures
    with pytest.raises(Exception, match="No matching signature"):
        StandardWebhook(new_secret()).verify(webhook.body, webhook.headers)


def test_a_failing_receiver_gets_the_event_again_with_the_same_id(
    hasty: AblageServer, owner: Account, receiver: WebhookReceiver, make_pdf: Callable[[str], bytes]
) -> None:
    receiver.answer = lambda _webhook: 503 if len(receiver.received) < 3 else 204
    webhook_id = subscribe(hasty, owner, receiver.url, "document.created")
    upload(hasty, owner, make_pdf("x"))
    until(
        lambda: [one for one in deliveries(hasty, webhook_id) if one["status"] == "delivered"], "it arrives"
    )
    assert len(receiver.received) == 3
    assert len({webhook.headers["webhook-id"] for webhook in receiver.received}) == 1
    assert deliveries(hasty, webhook_id)[0]["attempts"] == 3


@pytest.mark.parametrize(
    ("status", "attempts"), [(500, 3), (404, 3), (429, 3), (400, 1), (401, 1), (403, 1), (302, 1)]
)
def test_a_delivery_is_dead_after_its_attempts_or_at_once(
    hasty: AblageServer,
    owner: Account,
    receiver: WebhookReceiver,
    make_pdf: Callable[[str], bytes],
    status: int,
    attempts: int,
) -> None:
    receiver.answer = lambda _webhook: status
    webhook_id = subscribe(hasty, owner, receiver.url, "document.created")
    upload(hasty, owner, make_pdf("x"))
    [ended] = until(lambda: dead(hasty, webhook_id), "it is dead")
    assert (ended["attempts"], ended["response_status"]) == (attempts, status)
    assert ended["last_error"]
    assert len(receiver.received) == attempts


def test_a_receiver_that_hangs_delays_nobody_else(
    hasty: AblageServer, owner: Account, receiver: WebhookReceiver, make_pdf: Callable[[str], bytes]
) -> None:
    release = threading.Event()

    def hang(_webhook: object) -> int:
        release.wait(patient(60))
        return 204

    with WebhookReceiver(hang) as slow:
        stuck = subscribe(hasty, owner, slow.url)
        subscribe(hasty, owner, receiver.url, "document.created")
        for number in range(8):
            upload(hasty, owner, make_pdf(f"{number}"))
        until(lambda: len(receiver.received) == 8, "the other receiver got everything")
        assert not [one for one in deliveries(hasty, stuck) if one["status"] == "delivered"]
        release.set()


def test_private_targets_are_refused_when_the_name_is_resolved(make_pdf: Callable[[str], bytes]) -> None:
    with WebhookReceiver() as receiver, AblageServer(webhook_allow_private=False) as server:
        owner = server.new_account("user")
        hooks = [
            subscribe(server, owner, url, "document.created")
            for url in (receiver.url, receiver.url.replace("127.0.0.1", "localhost"), "http://[::1]:80/x")
        ]
        upload(server, owner, make_pdf("x"))
        for hook in hooks:
            ended = until(partial(dead, server, hook), "it is refused")
            assert "private network" in str(ended[0]["last_error"])
        assert receiver.received == []


def test_only_those_who_may_see_a_document_hear_of_it(
    hasty: AblageServer, owner: Account, receiver: WebhookReceiver, make_pdf: Callable[[str], bytes]
) -> None:
    stranger, viewer = hasty.new_account("user"), hasty.new_account("viewer")
    subscribe(hasty, owner, receiver.url + "/owner", "document.created")
    subscribe(hasty, viewer, receiver.url + "/viewer", "document.created")
    hidden = subscribe(hasty, stranger, receiver.url + "/stranger", "document.created")
    upload(hasty, owner, make_pdf("x"))
    until(lambda: len(receiver.received) == 2, "both arrive")
    assert deliveries(hasty, hidden) == []


def test_nothing_is_sent_or_stored_when_webhooks_are_off(make_pdf: Callable[[str], bytes]) -> None:
    with AblageServer(enable_webhooks=False) as server:
        account = server.new_account("user")
        document_id = upload(server, account, make_pdf("x"))
        until(
            lambda: server.fetch(
                "SELECT FROM documents WHERE id = $1::uuid AND status = 'completed'", UUID(document_id)
            ),
            "it is recognised",
        )
        assert server.fetch("SELECT * FROM notification_events") == []
