"""Decisions as pure functions: what to retry and when, which API version to speak, what to redact."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from ablage_sdk._exceptions import (
    APIConnectionError,
    APIStatusError,
    status_error_type,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_sdk._exceptions import AblageError
    from ablage_sdk._response import Answer

__all__ = [
    "V1",
    "V2",
    "announced_version",
    "backoff",
    "lacks_address",
    "may_retry",
    "next_version",
    "preferred_version",
    "redact_headers",
    "redact_url",
    "retry_after",
    "server_asked_to_wait",
    "status_error",
]

V1: Final = "1.0"
V2: Final = "2.0"

_BASE_DELAY: Final = 0.25
_MAX_DELAY: Final = 8.0
#: A server that asks for more than this is not waited for: the caller decides.
MAX_SERVER_DELAY: Final = 120.0

_RETRYABLE_STATUS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_IDEMPOTENT_METHODS: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "PATCH"})
_SECRET_HEADERS: Final = frozenset(
    {"authorization", "x-api-key", "cookie", "set-cookie", "proxy-authorization"}
)


# --- retries ----------------------------------------------------------------------------------------


def may_retry(error: AblageError, method: str, *, honours_keys: bool) -> bool:
    """Tell whether sending the same request again can help and cannot do harm.

    Args:
        error: What went wrong.
        method: HTTP method.
        honours_keys: Whether the server is known to honour ``Idempotency-Key``. Releases before 2.0 may not:
            there a ``POST`` is only repeated when the server surely did not act on it.
    """
    safe = honours_keys or method in _IDEMPOTENT_METHODS
    if isinstance(error, APIConnectionError):
        return safe or not error.sent
    if isinstance(error, APIStatusError):
        if error.code == "IDEMPOTENCY_KEY_IN_USE":  # the first attempt is still running
            return True
        if error.status_code in {429, 503}:
            return (error.retry_after or 0) <= MAX_SERVER_DELAY
        return safe and error.status_code in _RETRYABLE_STATUS
    return False


def server_asked_to_wait(error: AblageError) -> bool:
    """Tell whether the server is well and only wants fewer requests: no reason to count an outage."""
    return isinstance(error, APIStatusError) and (
        error.status_code == 429 or error.code == "IDEMPOTENCY_KEY_IN_USE"  # noqa: PLR2004 - Too Many Requests
    )


def backoff(retries: int, error: AblageError, chance: float) -> float:
    """Return how long to wait before the next attempt, in seconds.

    Full jitter: evenly between 0 and a bound that doubles with each retry, so that clients that failed
    together do not come back together. What the server asked for is the least.

    Args:
        retries: Retries so far.
        error: What went wrong.
        chance: A random number from 0 to 1.
    """
    jitter: float = chance * min(_MAX_DELAY, _BASE_DELAY * 2.0**retries)
    asked = error.retry_after if isinstance(error, APIStatusError) else None
    return jitter if asked is None else asked + min(jitter, _BASE_DELAY)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that ``retry-after-ms`` or ``Retry-After`` (seconds or date) ask for.

    See RFC 9110, section 10.2.3. Nonsense counts as not said; a time in the past as 0.
    """
    milliseconds = _non_negative(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    if text is None:
        return None
    seconds = _non_negative(text)
    if seconds is not None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())


def _non_negative(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < float("inf") else None


# --- versions ---------------------------------------------------------------------------------------


def next_version(version: str, answer: Answer) -> str | None:
    """Return the version to speak instead, when an answer says that the server lacks this one.

    Releases before 2.0 announce no versions and know no v2: to an address of v2 they answer 404 in v1, or
    in a form that is none of ours.
    """
    headers, code = answer.info.headers, error_body(answer.content).get("code")
    if answer.info.status_code != 404:  # noqa: PLR2004 - Not Found
        return None
    if code == "API_VERSION_DISABLED":
        other = V1 if version == V2 else V2
        announced = headers.get("x-api-supported-versions")
        return (
            other
            if announced is None or other in _versions(announced) or version in _versions(announced)
            else None
        )
    if version == V1 or "x-api-supported-versions" in headers:
        return None
    spoken = headers.get("x-api-version")
    return V1 if spoken == V1 or (spoken is None and code is None) else None


def lacks_address(answer: Answer) -> bool:
    """Tell whether a server of Ablage says that it has no such address: its release lacks the resource."""
    code = error_body(answer.content).get("code")
    return answer.info.status_code == 404 and code == "NOT_FOUND"  # noqa: PLR2004 - Not Found


def preferred_version(version: str | None, headers: Mapping[str, str]) -> str | None:
    """Return the version to speak after a successful answer.

    Args:
        version: The version that was spoken.
        headers: Headers of the answer.
    """
    if version == V1 and V2 in _versions(headers.get("x-api-supported-versions", "")):
        return V2
    return version


def announced_version(status_code: int, headers: Mapping[str, str]) -> str | None:
    """Return the version to speak, from the answer of ``GET /api``; ``None`` when it says nothing."""
    announced = headers.get("x-api-supported-versions")
    if announced is None:
        return V1 if status_code == 404 else None  # noqa: PLR2004 - Not Found
    return V2 if V2 in _versions(announced) else V1


def _versions(text: str) -> set[str]:
    return {part.strip() for part in text.split(",")}


# --- errors -----------------------------------------------------------------------------------------


def error_body(content: bytes) -> dict[str, object]:
    """Return the members of an error body of either version; ``{}`` when it is none."""
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def status_error(answer: Answer, *, call: str) -> APIStatusError:
    """Return the error for an answer with status 3xx, 4xx or 5xx, in the format of v1, v2 or neither."""
    info, body = answer.info, error_body(answer.content)
    detail, code = (
        _text(body.get("detail")) or _text(body.get("message")) or _text(body.get("title")),
        body.get("code"),
    )
    listed = body.get("errors")
    errors = [
        {str(key): str(value) for key, value in item.items()}
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict)
    ]
    message = f"{call}: {detail or _reason(info.status_code, info.headers)}"
    fields = [f"{error.get('field', '?')}: {error.get('message', '?')}" for error in errors]
    more = "; ".join(field for field in fields if field.rstrip(".") not in message)  # most are in the detail
    if more:
        message += f" ({more})"
    message += f" [HTTP {info.status_code}{f', {code}' if code else ''}]"
    return status_error_type(info.status_code)(
        message,
        response=info,
        code=_text(code),
        detail=detail,
        errors=errors,
        retry_after=retry_after(info.headers),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _reason(status_code: int, headers: Mapping[str, str]) -> str:
    if 300 <= status_code < 400:  # noqa: PLR2004 - the redirects
        return (
            f"the server redirects to {redact_url(headers.get('location', 'elsewhere'))}; "
            "set base_url to where it really is"
        )
    if status_code == 404:  # noqa: PLR2004 - Not Found
        return "there is no such address on the server; check base_url"
    return "the server, or something before it, answered without an explanation"


# --- redaction --------------------------------------------------------------------------------------


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers fit for a log."""
    return {k: "***" if k.lower() in _SECRET_HEADERS else v for k, v in headers.items()}


def redact_url(url: str) -> str:
    """Return an address fit for a log: without user information."""
    return re.sub(r"//[^/?#\s]*@", "//***@", url)
