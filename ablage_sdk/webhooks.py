"""Checks what a webhook receives.

>>> from ablage_sdk.webhooks import Webhook
>>> webhook = Webhook("whsec_…")                                  # doctest: +SKIP
>>> event = webhook.verify(request.body, request.headers)         # doctest: +SKIP
>>> event.type, event.data.document.id                            # doctest: +SKIP
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError as PydanticValidationError

from ablage_sdk._exceptions import (
    ConfigurationError,
    WebhookSignatureError,
    WebhookTimestampError,
    WebhookVerificationError,
)
from ablage_sdk._models.webhook import WebhookEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Webhook"]

_PREFIX: Final = "whsec_"


class Webhook:
    """Verifies signatures with one secret, or several while they are being rotated.

    Two schemes are understood: Standard Webhooks (``webhook-id``, ``webhook-timestamp``,
    ``webhook-signature``) and ``X-Ablage-Signature``. The server sends both; when both arrived, the first
    one counts. ``repr`` shows no secret.

    Args:
        secret: ``whsec_…``, or several of them: any one may match.
        tolerance: How old a webhook may be, and how far from the future, in seconds.

    Raises:
        ConfigurationError: A secret is not one.
    """

    def __init__(self, secret: str | Iterable[str], *, tolerance: float = 300.0) -> None:
        secrets = [secret] if isinstance(secret, str) else list(secret)
        if not secrets:
            msg = "at least one secret is needed"
            raise ConfigurationError(msg)
        if tolerance <= 0:
            msg = f"tolerance must be more than 0 seconds; got {tolerance!r}"
            raise ConfigurationError(msg)
        self._keys = [_key(each) for each in secrets]
        self._tolerance = tolerance

    def __repr__(self) -> str:
        return f"<Webhook with {len(self._keys)} secrets>"

    def verify(
        self, body: bytes | str, headers: Mapping[str, str], *, now: float | None = None
    ) -> WebhookEvent:
        """Return the event in a request, if it is genuine.

        Args:
            body: The body exactly as it arrived; parsed and written again it has another signature.
            headers: The headers of the request.
            now: Unix time (s), for tests.

        Raises:
            WebhookSignatureError: No signature, or none that matches any secret.
            WebhookTimestampError: The signature is genuine, but too old or from the future.
            WebhookVerificationError: The signature is genuine, but the content is no event.
        """
        content = body.encode() if isinstance(body, str) else _raw(body)
        found = {name.lower(): value for name, value in headers.items()}
        timestamp, signed, signatures = _scheme(found)
        if not self._matches(signed + content, signatures):
            msg = (
                "no signature of the webhook matches: the secret is another one, or the body was changed "
                "(pass the raw bytes of the request)"
            )
            raise WebhookSignatureError(msg)
        age = (time.time() if now is None else now) - timestamp
        if abs(age) > self._tolerance:
            when = f"{age:.0f} s old" if age > 0 else f"{-age:.0f} s from the future"
            msg = f"the webhook is {when}; at most {self._tolerance:.0f} s are allowed. Is the clock right?"
            raise WebhookTimestampError(msg)
        try:
            return WebhookEvent.model_validate_json(content)
        except PydanticValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "the body"
            msg = f"the webhook is genuine, but not an event: {where}: {first['msg']}"
            raise WebhookVerificationError(msg) from exc

    def _matches(self, signed: bytes, signatures: list[bytes]) -> bool:
        # All combinations are compared, in constant time each: how long it takes tells nothing.
        matches = [
            hmac.compare_digest(hmac.digest(key, signed, hashlib.sha256), signature)
            for key in self._keys
            for signature in signatures
        ]
        return any(matches)


def _raw(body: object) -> bytes:
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    msg = f"body must be the raw bytes of the request, not parsed; got {type(body).__name__}"
    raise ConfigurationError(msg)


def _key(secret: str) -> bytes:
    text = secret.strip()
    if not text.startswith(_PREFIX):
        msg = f"a webhook secret begins with {_PREFIX}; this one does not (its value is not shown)"
        raise ConfigurationError(msg)
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        msg = f"after {_PREFIX} a webhook secret is base64; this one is not: was it copied as a whole?"
        raise ConfigurationError(msg)
    return key


def _scheme(headers: Mapping[str, str]) -> tuple[float, bytes, list[bytes]]:
    """Return the time, what precedes the body in the signed text, and the signatures."""
    if "webhook-signature" in headers:
        event_id, sent = headers.get("webhook-id"), headers.get("webhook-timestamp")
        if event_id is None or sent is None:
            missing = "webhook-id" if event_id is None else "webhook-timestamp"
            msg = f"the header {missing} is missing"
            raise WebhookSignatureError(msg)
        encoded = re.findall(r"v1,([A-Za-z0-9+/=]+)", headers["webhook-signature"])
        return _time(sent), f"{event_id}.{sent}.".encode(), [_base64(each) for each in encoded]
    if "x-ablage-signature" in headers:
        parts = [part.strip().partition("=") for part in headers["x-ablage-signature"].split(",")]
        sent = next((value for name, _, value in parts if name == "t"), "")
        hexadecimal = [value for name, _, value in parts if name == "v1"]
        return _time(sent), f"{sent}.".encode(), [_hex(each) for each in hexadecimal]
    msg = "the request has no signature (webhook-signature or X-Ablage-Signature): it is not from the server"
    raise WebhookSignatureError(msg)


def _time(text: str) -> float:
    if not re.fullmatch(r"\d{1,15}", text):
        msg = f"the time of the signature is not a Unix time: {text[:40]!r}"
        raise WebhookSignatureError(msg)
    return float(text)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
