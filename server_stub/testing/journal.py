"""What a server was asked, so that tests can look at what a client really sent."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server_stub.testing.matching import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Requests that are kept; older ones are forgotten.
KEPT = 10_000
#: Bytes of each body that are kept.
KEPT_BODY = 65_536


@dataclass(slots=True)
class ReceivedRequest:
    """One request that arrived.

    Attributes:
        method: Its method.
        path: Its path as it was sent, without the query.
        query: What stands behind the question mark.
        headers: Its headers, by lower-case name. Not part of ``repr``: there are keys in them.
        body: Its body as far as the server read it, at most 64 KiB.
        status: Status of the answer; ``None`` as long as there is none, and when the connection was cut.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    status: int | None = None


class Journal:
    """The requests that a server received, oldest first; the last 10 000 of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[ReceivedRequest] = deque(maxlen=KEPT)

    def add(self, request: ReceivedRequest) -> None:
        """Note a request that arrived."""
        with self._lock:
            self._kept.append(request)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._kept.clear()

    def matching(self, on: str) -> list[ReceivedRequest]:
        """Return the requests that a pattern means.

        Args:
            on: Such as ``"POST */documents/upload"``; see `server_stub.testing.Faults`.
        """
        pattern = Pattern.parse(on)
        return [request for request in self if pattern.matches(request.method, request.path)]

    def __iter__(self) -> Iterator[ReceivedRequest]:
        with self._lock:
            return iter(list(self._kept))

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, index: int) -> ReceivedRequest:
        with self._lock:
            return self._kept[index]

    def __repr__(self) -> str:
        return f"<Journal of {len(self)} requests>"
