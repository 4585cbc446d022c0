"""What legacy code expects of a `requests` session and response."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Never

from ablage_client_compat.connection import Headers
from ablage_client_compat.errors import error_for_status, no_such_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Response"]

_FIRST_ERROR = 400


class Response:
    """The answer of ``client.request``.

    Attributes:
        status_code: The HTTP status.
        headers: The headers, in any case.
        content: The body.
    """

    def __init__(self, status_code: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status_code = status_code
        self.headers = Headers(headers)
        self.content = content

    @property
    def ok(self) -> bool:
        """Whether it is no error."""
        return self.status_code < _FIRST_ERROR

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body read as JSON.

        Raises:
            ValueError: It is not JSON.
        """
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        """Raise the old client's error for a status from 400 up."""
        if self.ok:
            return
        try:
            body = self.json()
        except ValueError:
            body = {}
        body = body if isinstance(body, dict) else {}
        message = body.get("detail") or body.get("message") or f"HTTP {self.status_code}"
        raise error_for_status(self.status_code)(
            str(message), self.status_code, body.get("code"), body.get("request_id")
        )

    def __bool__(self) -> bool:
        return self.ok

    def __getattr__(self, name: str) -> Never:
        known = ("status_code", "ok", "headers", "text", "content", "json", "raise_for_status")
        raise no_such_name("Response", name, known)

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"
