"""One attempt to deliver one webhook: signed, sent to an address that was checked, judged by the answer."""

from __future__ import annotations

import asyncio
import base64
import hmac
import time
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

import httpx
import orjson

from ablage_sdk import __version__
from server_stub.errors import InvalidRequestError
from server_stub.observability import tracing
from server_stub.services import webhook_targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Bytes. An event with more (a document may have a lot of metadata) is sent without the details.
MAX_PAYLOAD = 256 * 1024
#: Answers after which trying again would be of no use.
_FINAL = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt.

    Attributes:
        delivered: Whether the receiver accepted it.
        final: Whether it is of no use to try again.
        status: The status code of the answer.
        error: What went wrong, for the owner of the webhook.
        timed_out: Whether the receiver took too long.
    """

    delivered: bool = False
    final: bool = False
    status: int | None = None
    error: str | None = None
    timed_out: bool = False


def body_of(envelope: Mapping[str, object]) -> bytes:
    """Return the body that is sent, and signed; details are left out when it gets too large."""
    body = orjson.dumps(envelope)
    if len(body) <= MAX_PAYLOAD:
        return body
    data = envelope.get("data")
    document = data.get("document") if isinstance(data, dict) else None
    if not isinstance(document, dict):
        return body
    small = {name: document[name] for name in ("id", "status", "user_id") if name in document}
    return orjson.dumps({**envelope, "data": {"document": small, "truncated": True}})


def sign(event_id: str, body: bytes, secrets: Sequence[str], *, now: int) -> dict[str, str]:
    """Return the headers that prove where a webhook comes from, in both schemes.

    Args:
        event_id: The event's id.
        body: The body as it is sent.
        secrets: ``whsec_…``, the newest first; more than one while a rotation goes on.
        now: Unix time.
    """
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    standard = f"{event_id}.{now}.".encode() + body
    ours = f"{now}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(
            "v1," + base64.b64encode(hmac.digest(key, standard, "sha256")).decode() for key in keys
        ),
        "X-Ablage-Signature": ",".join(
            [f"t={now}", *(f"v1={hmac.digest(key, ours, 'sha256').hex()}" for key in keys)]
        ),
    }


class Sender:
    """Sends webhooks.

    Args:
        timeout: Seconds that one attempt may take in all.
        allow_private: Whether private addresses may be sent to.
    """

    def __init__(self, *, timeout: float, allow_private: bool) -> None:
        self._timeout = timeout
        self._allow_private = allow_private
        # No proxy of the environment: it would resolve names anew, behind the check.
        self._client = httpx.AsyncClient(
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            headers={"User-Agent": f"Ablage-Webhooks/{__version__}"},
        )

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def send(self, url: str, event_id: str, body: bytes, secrets: Sequence[str]) -> Outcome:
        """Make one attempt. Never raises for what the receiver does."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._send(url, event_id, body, secrets)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(error=f"No answer within {self._timeout:g} s.", timed_out=True)
        except (OSError, UnicodeError):
            return Outcome(error="The host cannot be found.")
        except InvalidRequestError as error:
            return Outcome(final=True, error=str(error))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Outcome(error=f"The connection failed: {type(error).__name__}.")

    async def _send(self, url: str, event_id: str, body: bytes, secrets: Sequence[str]) -> Outcome:
        host, port = webhook_targets.check_url(url)
        addresses = await webhook_targets.resolve(host, port)
        if not self._allow_private and not all(map(webhook_targets.is_public, addresses)):
            return Outcome(
                final=True, error="The host is in a private network. Webhooks go to public addresses only."
            )
        target = httpx.URL(url)
        headers = {
            **sign(event_id, body, secrets, now=int(time.time())),
            **tracing.headers(),
            "Content-Type": "application/json",
            "Host": target.netloc.decode("ascii"),
        }
        request = self._client.build_request(
            "POST",
            # The address that was checked, not the name: it could lead elsewhere by now.
            target.copy_with(host=_in_url(addresses[0])),
            content=body,
            headers=headers,
            extensions={"sni_hostname": host},
        )
        response = await self._client.send(request, stream=True)  # the answer's body is never read
        await response.aclose()
        return judge(response.status_code)


def judge(status: int) -> Outcome:
    """Return what a status code means for the delivery."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(delivered=True, status=status)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Outcome(final=True, status=status, error="Redirects are not followed. Change the address.")
    return Outcome(final=status in _FINAL, status=status, error=f"The receiver answered {status}.")


def _in_url(address: webhook_targets.Address) -> str:
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)
