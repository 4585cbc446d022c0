"""Signatures of webhooks: both schemes, rotation, replay, and a clear word for every cause."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as ReferenceSigner

from ablage_sdk import (
    ConfigurationError,
    EventType,
    Webhook,
    WebhookSignatureError,
    WebhookTimestampError,
    WebhookVerificationError,
)
from tests.sdk.conftest import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from ablage_sdk import AsyncAblageSDK

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes......").decode()
EVENT = {
    "id": "evt_1",
    "type": "document.processed",
    "event": "document.processed",
    "created_at": "2026-11-20T08:15:00Z",
    "timestamp": "2026-11-20T08:15:00Z",
    "version": "2.0",
    "data": {"document": DOCUMENT},
}
BODY = json.dumps(EVENT).encode()


def standard(secret: str, body: bytes, at: float | None = None) -> dict[str, str]:
    """Headers as the reference implementation of Standard Webhooks makes them."""
    moment = datetime.fromtimestamp(int(at or time.time()), UTC)
    signature = ReferenceSigner(secret).sign("evt_1", moment, body.decode())
    return {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


def own(secret: str, body: bytes, at: float | None = None) -> dict[str, str]:
    """The header of the Ablage scheme."""
    moment = int(at or time.time())
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{moment}.".encode() + body, hashlib.sha256).hex()
    return {"X-Ablage-Signature": f"t={moment},v1={digest}"}


Scheme = pytest.mark.parametrize("scheme", [standard, own])


@Scheme
def test_a_genuine_webhook_becomes_a_typed_event(scheme: Callable[..., dict[str, str]]) -> None:
    event = Webhook(SECRET).verify(BODY, scheme(SECRET, BODY))
    assert event.type == EventType.DOCUMENT_PROCESSED
    assert event.data.document is not None
    assert event.data.document.extracted_text == "Guten Tag"
    assert event.to_dict() == EVENT


@Scheme
def test_the_old_secret_counts_while_secrets_are_rotated(scheme: Callable[..., dict[str, str]]) -> None:
    for secret in (SECRET, OTHER):
        assert Webhook([SECRET, OTHER]).verify(BODY, scheme(secret, BODY)).id == "evt_1"


def test_one_of_several_signatures_is_enough() -> None:
    headers, older = standard(SECRET, BODY), standard(OTHER, BODY)
    headers["webhook-signature"] = f"{older['webhook-signature']} v2,abc {headers['webhook-signature']}"
    assert Webhook(SECRET).verify(BODY, headers).id == "evt_1"
    mixed = own(SECRET, BODY)
    mixed["X-Ablage-Signature"] = mixed["X-Ablage-Signature"].replace(",v1=", f",v1={'0' * 64},v1=")
    assert Webhook(SECRET).verify(BODY, mixed).id == "evt_1"


@Scheme
@given(position=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_any_changed_bit_is_noticed(scheme: Callable[..., dict[str, str]], position: int, bit: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= 1 << bit
    with pytest.raises(WebhookSignatureError, match="raw bytes"):
        Webhook(SECRET).verify(bytes(changed), scheme(SECRET, BODY))


@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "x-ablage-signature"]),
        st.text(),
    )
)
def test_no_header_passes_or_crashes(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY, headers)


@Scheme
@pytest.mark.parametrize("age", [301, -301, 86_400])
def test_a_replayed_webhook_is_refused(scheme: Callable[..., dict[str, str]], age: float) -> None:
    headers = scheme(SECRET, BODY, time.time() - age)
    with pytest.raises(WebhookTimestampError, match=r"old|future"):
        Webhook(SECRET).verify(BODY, headers)
    assert Webhook(SECRET, tolerance=100_000).verify(BODY, headers).id == "evt_1"


def test_each_cause_has_its_own_words() -> None:
    webhook = Webhook(SECRET)
    with pytest.raises(WebhookSignatureError, match="has no signature"):
        webhook.verify(BODY, {})
    with pytest.raises(WebhookSignatureError, match="webhook-id is missing"):
        webhook.verify(BODY, {"Webhook-Signature": "v1,abc"})
    with pytest.raises(WebhookSignatureError, match="not a Unix time"):
        webhook.verify(BODY, {**standard(SECRET, BODY), "webhook-timestamp": "yesterday"})
    with pytest.raises(WebhookSignatureError, match="secret is another one"):
        webhook.verify(BODY, standard(OTHER, BODY))
    with pytest.raises(ConfigurationError, match="raw bytes"):
        webhook.verify(json.loads(BODY), standard(SECRET, BODY))
    for content in (b"{}", b"no json", b"[]"):
        with pytest.raises(WebhookVerificationError, match="not an event"):
            webhook.verify(content, standard(SECRET, content))


@pytest.mark.parametrize("secret", ["", "abc", "whsec_", "whsec_???", []])
def test_what_is_no_secret_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Webhook(secret)
    assert "???" not in str(caught.value)


def test_no_secret_is_shown() -> None:
    assert SECRET.removeprefix("whsec_") not in repr(Webhook(SECRET))


async def test_webhooks_are_managed(client: AsyncAblageSDK) -> None:
    created = await client.webhooks.create("http://127.0.0.1:9/hook", ["document.processed"], description="a")
    assert created.secret not in repr(created)
    Webhook(created.secret)
    changed = await client.webhooks.update(created.id, event_types=["document.failed"], is_active=False)
    assert changed.event_types == [EventType.DOCUMENT_FAILED]
    assert not changed.is_active
    cleared = await client.webhooks.update(created.id, description="")
    assert not cleared.description
    assert (await client.webhooks.rotate_secret(created.id)).secret != created.secret
    assert created.id in [each.id async for each in client.webhooks.iterate()]
    assert (await client.webhooks.get(created.id)).url == created.url
    assert (await client.webhooks.deliveries(created.id)).items == []
    await client.webhooks.delete(created.id)
