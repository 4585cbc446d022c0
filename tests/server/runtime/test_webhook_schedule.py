"""When a webhook is tried again, what signs it, in which order, and where the connection goes."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import pytest
from standardwebhooks.webhooks import Webhook as StandardWebhook

from server_stub.jobs.delivery import Sender
from server_stub.services import webhook_targets
from server_stub.settings import Settings
from server_stub.testing import AblageServer, WebhookReceiver
from tests.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server_stub.services.webhook_targets import Address

#: Seconds before each attempt, as the HTTP contract has them: 0 s, 1 min, 5 min, 30 min, 2 h, 8 h, 24 h.
SCHEDULE = (0, 60, 300, 1800, 7200, 28_800, 86_400)
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


@pytest.fixture(scope="module")
def patient() -> Iterator[AblageServer]:
    """A server with the schedule and the time limit that everybody gets."""
    with AblageServer(worker_concurrency=0) as running:
        yield running


def subscribe(http: httpx.Client, url: str, *events: str) -> dict[str, str]:
    answer = http.post("/api/v2/webhooks", json={"url": url, "event_types": events or ["document.created"]})
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


@pytest.fixture
def http(patient: AblageServer) -> Iterator[httpx.Client]:
    headers = patient.new_account("user").headers
    with httpx.Client(base_url=patient.url, headers=headers, timeout=60) as client:
        yield client


def upload(http: httpx.Client, content: bytes) -> str:
    answer = http.post("/api/v2/documents", files={"file": ("a.pdf", content)})
    assert answer.status_code == 201, answer.text
    document_id: str = answer.json()["id"]
    return document_id


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = Settings.isolated()
    assert list(settings.webhook_schedule_seconds) == list(SCHEDULE)
    assert settings.webhook_timeout_seconds == 30


def test_a_delivery_is_tried_seven_times_over_34_hours_and_then_listed_as_dead(
    patient: AblageServer, http: httpx.Client, make_pdf: Callable[[str], bytes]
) -> None:
    with WebhookReceiver(lambda _webhook: 503) as receiver:
        hook = subscribe(http, receiver.url)
        upload(http, make_pdf("x"))

        def state(attempts: int) -> dict[str, object] | None:
            """Return the delivery once an attempt is over, with the seconds until the next one."""
            rows = patient.fetch(
                "SELECT status, extract(epoch FROM next_attempt_at - clock_timestamp())::float8 AS wait "
                "FROM notification_deliveries WHERE webhook_id = $1 AND attempts = $2 "
                "AND response_status = 503 "
                "AND (status = 'dead' OR $2 = 1 OR next_attempt_at > now() + '61 s')",  # not just lent
                UUID(hook["id"]), attempts,
            )  # fmt: skip
            return rows[0] if rows and len(receiver.received) == attempts else None

        for attempts, wait in enumerate(SCHEDULE[1:], start=1):
            found = until(partial(state, attempts), f"attempt {attempts} is over")
            assert found is not None
            assert found["status"] == "pending"
            assert wait - 10 < float(str(found["wait"])) <= wait
            patient.fetch(  # let the time pass
                "UPDATE notification_deliveries SET next_attempt_at = now() WHERE webhook_id = $1",
                UUID(hook["id"]),
            )
            patient.fetch("SELECT pg_notify('ablage_deliveries_due', '')")
        assert until(partial(state, 7), "the last attempt is over") is not None
    answer = http.get(f"/api/v2/webhooks/{hook['id']}/deliveries", params={"status": "dead"})
    [dead] = answer.json()["items"]
    assert (dead["attempts"], dead["response_status"], dead["next_attempt_at"]) == (7, 503, None)
    assert dead["last_error"] == "The receiver answered 503."


def test_the_old_secret_signs_for_a_day_after_a_rotation_and_no_longer(
    patient: AblageServer, http: httpx.Client, make_pdf: Callable[[str], bytes]
) -> None:
    with WebhookReceiver() as receiver:
        hook = subscribe(http, receiver.url)
        new = http.post(f"/api/v2/webhooks/{hook['id']}/rotate-secret").json()["secret"]
        [row] = patient.fetch(
            "SELECT extract(epoch FROM previous_secret_expires_at - now())::float8 AS left "
            "FROM webhooks WHERE id = $1",
            UUID(hook["id"]),
        )
        assert 86_400 - 60 < float(str(row["left"])) <= 86_400
        upload(http, make_pdf("x"))
        until(lambda: len(receiver.received) == 1, "the first arrives")
        for secret in (hook["secret"], new):
            StandardWebhook(secret).verify(receiver.received[0].body, receiver.received[0].headers)
        patient.fetch(  # let the day pass
            "UPDATE webhooks SET previous_secret_expires_at = now() WHERE id = $1", UUID(hook["id"])
        )
        upload(http, make_pdf("y"))
        until(lambda: len(receiver.received) == 2, "the second arrives")
        last = receiver.received[1]
        StandardWebhook(new).verify(last.body, last.headers)
        with pytest.raises(Exception, match="No matching signature"):
            StandardWebhook(hook["secret"]).verify(last.body, last.headers)
        assert last.headers["x-ablage-signature"].count("v1=") == 1


def test_later_events_of_a_document_wait_for_an_earlier_one_that_failed(
    http: httpx.Client, make_pdf: Callable[[str], bytes], patient: AblageServer
) -> None:
    with WebhookReceiver() as receiver:
        receiver.answer = lambda _webhook: 500 if len(receiver.received) == 1 else 204
        hook = subscribe(http, receiver.url, "document.created", "document.updated", "document.deleted")
        document_id = upload(http, make_pdf("x"))
        until(lambda: receiver.received, "the first attempt")
        http.patch(f"/api/v2/documents/{document_id}", json={"tags": ["später"]})
        http.delete(f"/api/v2/documents/{document_id}")
        other = upload(http, make_pdf("y"))
        until(lambda: len(receiver.received) == 2, "another document does not wait")
        assert json.loads(receiver.received[1].body)["data"]["document"]["id"] == other
        patient.fetch(
            "UPDATE notification_deliveries SET next_attempt_at = now() "
            "WHERE webhook_id = $1 AND attempts = 1",
            UUID(hook["id"]),
        )
        until(lambda: len(receiver.received) == 5, "the rest arrives")
        mine = [
            event.event["type"]
            for event in receiver.received
            if json.loads(event.body)["data"]["document"]["id"] == document_id
        ]
        assert mine == ["document.created"] * 2 + ["document.updated", "document.deleted"]


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up once. Were it looked up again for the connection, it could lead elsewhere."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> list[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1")]

    def never(*_arguments: object, **_options: object) -> object:
        raise AssertionError("a name was looked up behind the check")

    monkeypatch.setattr(webhook_targets, "resolve", resolve)
    monkeypatch.setattr(socket, "getaddrinfo", never)
    with WebhookReceiver() as receiver:
        port = receiver.url.rpartition(":")[2].partition("/")[0]
        url = f"http://hooks.example.org:{port}/hook"

        async def send() -> bool:
            sender = Sender(timeout=10, allow_private=True)
            try:
                return (await sender.send(url, "evt_1", b"{}", [SECRET])).delivered
            finally:
                await sender.close()

        assert asyncio.run(send())
        assert asked == ["hooks.example.org"]
        assert receiver.received[0].headers["host"] == f"hooks.example.org:{port}"


@pytest.mark.parametrize("second", ["127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1"])
def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    async def resolve(_host: str, _port: int) -> list[Address]:
        return [ip_address("93.184.215.14"), ip_address(second)]

    monkeypatch.setattr(webhook_targets, "resolve", resolve)

    async def send() -> tuple[bool, str | None]:
        sender = Sender(timeout=10, allow_private=False)
        try:
            outcome = await sender.send("https://hooks.example.org/", "evt_1", b"{}", [SECRET])
            return outcome.final, outcome.error
        finally:
            await sender.close()

    final, error = asyncio.run(send())
    assert final
    assert "private network" in str(error)
