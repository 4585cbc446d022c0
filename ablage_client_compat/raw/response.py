"""What legacy code expects of a `requests` session and response."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from ablage_client_compat.errors import error_for_status
from ablage_client_compat.names import no_such_name

__all__ = ["Headers", "Response", "Session"]

_FIRST_ERROR = 400


class Headers(MutableMapping[str, str]):
    """Headers: upper and lower case are the same."""

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self._items: dict[str, tuple[str, str]] = {}
        self.update(headers or {})

    def __getitem__(self, name: str) -> str:
        return self._items[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        self._items[name.lower()] = (name, value)

    def __delitem__(self, name: str) -> None:
        del self._items[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"  # values may be secrets


class Session:
    """``client.session``: headers that are sent with every request."""

    __slots__ = ("headers",)

    def __init__(self) -> None:
        self.headers = Headers()

    def __getattr__(self, name: str) -> Any:
        raise no_such_name("AblageClient.session", name, self.__slots__)

    def __setattr__(self, name: str, value: object) -> None:
        if name != "headers":
            raise AttributeError(
                f"AblageClient.session has only 'headers', no {name!r}; certificates, timeouts and retries "
                "are arguments of AblageClient: verify_ssl, timeout, max_retries"
            )
        super().__setattr__(name, value if isinstance(value, Headers) else Headers(value))  # type: ignore[arg-type]


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

    def __getattr__(self, name: str) -> Any:
        known = ("status_code", "ok", "headers", "text", "content", "json", "raise_for_status")
        raise no_such_name("Response", name, known)

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"
