"""What is known about an answer besides its content."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import JsonValue

__all__ = ["Answer", "RateLimit", "RawResponse", "ResponseInfo"]

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The rate limit of the API key, as the last answer stated it.

    Attributes:
        limit: Requests allowed per window.
        remaining: Requests left in this window.
        reset: Unix time (s) at which the window ends.
    """

    limit: int | None
    remaining: int | None
    reset: int | None


@dataclass(frozen=True, slots=True)
class ResponseInfo:
    """Everything about an answer but its content.

    Attributes:
        status_code: The HTTP status.
        headers: The headers, names in lower case; repeated ones are joined with ``", "``.
        attempts: How many requests the call took.
        elapsed: Seconds from the call to the complete answer, retries and waits included.
        sent_request_id: The ``X-Request-ID`` that was sent.
    """

    status_code: int
    headers: Mapping[str, str]
    attempts: int = 1
    elapsed: float = 0.0
    sent_request_id: str | None = None

    @property
    def request_id(self) -> str | None:
        """The id under which the server logged the request."""
        return self.headers.get("x-request-id") or self.sent_request_id

    @property
    def api_version(self) -> str | None:
        """The API version that answered, ``"1.0"`` or ``"2.0"``; ``None`` for servers before 2.0."""
        return self.headers.get("x-api-version")

    @property
    def etag(self) -> str | None:
        """The version of the resource, for ``if_match``."""
        return self.headers.get("etag")

    @property
    def replayed(self) -> bool:
        """Whether the server gave the first answer to this idempotency key again."""
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate limit after this request; ``None`` when the server states none."""
        numbers = [
            _number(self.headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset")
        ]
        return RateLimit(*numbers) if any(number is not None for number in numbers) else None


def _number(text: str | None) -> int | None:
    try:
        return None if text is None else int(float(text))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: what an operation reads its result from."""

    info: ResponseInfo
    content: bytes


@dataclass(frozen=True, slots=True)
class RawResponse(Generic[T_co]):
    """An answer, before and after it is read.

    Attributes:
        info: Status, headers, request id, attempts and rate limit.
        content: The body as it arrived (decompressed); empty for a streamed download.
    """

    info: ResponseInfo
    content: bytes = field(repr=False)
    _read: Callable[[], T_co] = field(repr=False)

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self.info.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, names in lower case."""
        return self.info.headers

    @property
    def request_id(self) -> str | None:
        """The id under which the server logged the request."""
        return self.info.request_id

    def json(self) -> JsonValue:
        """Return the body as plain JSON values.

        Raises:
            ValueError: It is not JSON.
        """
        value: JsonValue = json.loads(self.content)
        return value

    def parse(self) -> T_co:
        """Return what the method returns without ``with_raw_response``.

        Raises:
            ResponseValidationError: The answer is not what the API promises.
        """
        return self._read()
