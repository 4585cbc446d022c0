"""What can go wrong only over HTTP, and the headers that belong to an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_stub.errors import AblageServerError

if TYPE_CHECKING:
    from collections.abc import Mapping


class HTTPError(AblageServerError):
    """An error of the protocol, which no service knows.

    Args:
        message: What was wrong and what to do, for the person who reads the answer.
        code: One of `server_stub.api.problems.KINDS`.
        headers: Headers of the answer.
        wait: Seconds after which another try may succeed.
    """

    def __init__(
        self, message: str, *, code: str, headers: Mapping[str, str] | None = None, wait: int | None = None
    ) -> None:
        super().__init__(message, code=code, wait=wait)
        self.headers = dict(headers or {})


def headers_of(error: AblageServerError) -> dict[str, str]:
    """Return the headers that an answer gets from an error."""
    headers = dict(error.headers) if isinstance(error, HTTPError) else {}
    if error.wait is not None:
        headers["Retry-After"] = str(error.wait)
    return headers
