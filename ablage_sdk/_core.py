"""What a client and everything made from it by ``with_options`` share."""

from __future__ import annotations

import itertools
import logging
import math
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from ablage_sdk._budget import RetryBudget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_sdk._models.auth import Token
    from ablage_sdk._settings import Settings

__all__ = ["Core", "Credentials"]

# Without it, Python prints warnings of programs that configured no logging.
logging.getLogger("ablage_sdk").addHandler(logging.NullHandler())

TransportT = TypeVar("TransportT")
MutexT = TypeVar("MutexT")
SendT = TypeVar("SendT")

#: Seconds that a token is renewed too early, so that it does not expire on the way.
_CLOCK_MARGIN: Final = 5.0
#: Seconds for which an old release that was seen is taken to be still there, beside newer ones.
_MIXED_FOR: Final = 300.0


@dataclass(slots=True)
class Credentials:
    """What proves who is calling: an API key, or the tokens of a login."""

    api_key: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)

    token: Token | None = field(default=None, repr=False)
    #: Unix time (s) at which the access token expires, as far as known.
    expires_at: float | None = None

    @classmethod
    def of(cls, token: Token, api_key: str | None, refresh_token: str | None = None) -> Credentials:
        """Return the credentials of a login.

        Args:
            token: What the server answered.
            api_key: What is used again after a logout.
            refresh_token: Kept when the server did not send a new one.
        """
        expires_at = None if token.expires_in is None else time.time() + token.expires_in
        return cls(api_key, token.access_token, token.refresh_token or refresh_token, token, expires_at)

    @property
    def is_stale(self) -> bool:
        """Whether the access token should be renewed before it is used again."""
        return (
            self.expires_at is not None
            and self.refresh_token is not None
            and time.time() > self.expires_at - _CLOCK_MARGIN
        )

    def header(self) -> str | None:
        """Return the ``Authorization`` header; a login takes precedence over the API key."""
        secret = self.access_token or self.api_key
        return f"Bearer {secret}" if secret else None


class Core(Generic[TransportT, MutexT, SendT]):
    """State shared by a client and its variants.

    Attributes:
        settings: How the client was made.
        transport: Its connections.
        send: Sends a request through the middleware and the transport.
        renewal: Lets one call at a time renew the login.
        credentials: Replaced as a whole when they change.
        budget: Bounds the retries of all variants together.
        version: The API version that the server was last seen to speak; ``None`` until known.
        warned: Endpoints whose deprecation was reported.
    """

    def __init__(self, settings: Settings, transport: TransportT, renewal: MutexT, send: SendT) -> None:
        self.settings = settings
        self.send = send
        self.renewal = renewal
        self.transport = transport
        self.credentials: Credentials = Credentials(
            settings.api_key, settings.access_token, settings.refresh_token
        )
        self.budget: RetryBudget = RetryBudget(settings.retry_budget)
        self.version: str | None = None
        self._keyless_until = 0.0
        self.warned: set[str] = set()
        self.warned_lock: threading.Lock = threading.Lock()
        self._ids = itertools.count(1)
        self._pid, self._prefix = 0, ""

    @property
    def honours_keys(self) -> bool:
        """Whether every server behind the address is taken to honour idempotency keys."""
        return time.monotonic() >= self._keyless_until

    def learn_release(self, headers: Mapping[str, str]) -> None:
        """Learn from an answer which releases are behind the address.

        Those before 2.0 announce no versions and keep no keys. In a fleet that is being upgraded the next
        answer may come from a newer one: that does not mean that the old one is gone. The time of mixed
        answers begins when a newer one answers, not when the old one last did.
        """
        if "x-api-supported-versions" not in headers:
            self._keyless_until = math.inf
        else:
            self._keyless_until = min(self._keyless_until, time.monotonic() + _MIXED_FOR)

    def request_id(self) -> str:
        """Return an id for a call, unique over processes."""
        pid = os.getpid()
        if pid != self._pid:  # after a fork too
            self._pid, self._prefix = pid, f"sdk-{os.urandom(8).hex()}"
        return f"{self._prefix}-{next(self._ids)}"
