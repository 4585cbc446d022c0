"""What a client and everything made from it by ``with_options`` share."""

from __future__ import annotations

import itertools
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from ablage_sdk._budget import RetryBudget

if TYPE_CHECKING:
    from ablage_sdk._settings import Settings

__all__ = ["Core", "Credentials"]

X = TypeVar("X")


@dataclass(slots=True)
class Credentials:
    """What proves who is calling: an API key, or the tokens of a login."""

    api_key: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)

    def header(self) -> str | None:
        """Return the ``Authorization`` header; a login takes precedence over the API key."""
        secret = self.access_token or self.api_key
        return f"Bearer {secret}" if secret else None


class Core(Generic[X]):
    """State shared by a client and its variants.

    Attributes:
        settings: How the client was made.
        transport: Its connections.
        credentials: Replaced as a whole when they change.
        budget: Bounds the retries of all variants together.
        version: The API version that the server was last seen to speak; ``None`` until known.
        keyed: Whether the server is known to honour idempotency keys.
        warned: Endpoints whose deprecation was reported.
    """

    def __init__(self, settings: Settings, transport: X) -> None:
        self.settings = settings
        self.transport = transport
        self.credentials = Credentials(settings.api_key, settings.access_token, settings.refresh_token)
        self.budget = RetryBudget(settings.retry_budget)
        self.version: str | None = None
        self.keyed = True
        self.warned: set[str] = set()
        self.warned_lock = threading.Lock()
        self._ids = itertools.count(1)
        self._pid, self._prefix = 0, ""

    def request_id(self) -> str:
        """Return an id for a call, unique over processes."""
        pid = os.getpid()
        if pid != self._pid:  # after a fork too
            self._pid, self._prefix = pid, f"sdk-{os.urandom(8).hex()}"
        return f"{self._prefix}-{next(self._ids)}"
