"""Faults on purpose: what clients meet when servers, proxies and networks fail."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from server_stub.api.problems import KINDS
from server_stub.testing.matching import Pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

#: The same requests meet a fault with a share in every run.
_SEED = 7
Moment: TypeAlias = Literal["before", "within", "after"]


@dataclass(frozen=True, slots=True)
class ServerError:
    """The server itself answers with an error."""

    code: str
    message: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProxyAnswer:
    """Somebody before the server answers."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks."""

    when: Moment


@dataclass(frozen=True, slots=True)
class Delay:
    """The server is slow to begin."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Dribble:
    """The answer arrives slowly."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Change:
    """The answer arrives damaged."""

    function: Callable[[bytes], bytes]


#: Those that take the place of the answer.
_INSTEAD = (ServerError, ProxyAnswer, Cut)
Action: TypeAlias = ServerError | ProxyAnswer | Cut | Delay | Dribble | Change


@dataclass(slots=True)
class Fault:
    """A fault that is set up. As a context manager it ends with the block.

    Attributes:
        action: What happens.
        pattern: To which requests.
        times: How often at most; ``None`` for no limit.
        skip: How many of these requests are spared first.
        share: What part of the others meets it, 0–1.
        hits: How often it happened so far.
    """

    action: Action
    pattern: Pattern
    times: int | None
    skip: int
    share: float
    _faults: Faults = field(repr=False)
    hits: int = 0
    _seen: int = 0

    def remove(self) -> None:
        """End the fault."""
        self._faults._remove(self)  # noqa: SLF001 - the two belong together

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()

    def _strikes(self, chance: random.Random) -> bool:
        self._seen += 1
        if self._seen <= self.skip or (self.times is not None and self.hits >= self.times):
            return False
        if self.share < 1 and chance.random() >= self.share:
            return False
        self.hits += 1
        return True


class Faults:
    """The faults of a server; any thread may set them up.

    All take the same keywords:

    ``on``
        Which requests: a path, a method, or both, such as ``"POST */documents/upload"``. ``*`` stands for
        anything. All requests when left out.
    ``times``
        How often at most; without limit when left out.
    ``skip``
        How many of these requests are spared first.
    ``share``
        What part of the others meets it, 0–1; the same ones in every run.

    When several fit a request, it meets them in the order they were set up, up to the first that takes the
    place of the answer; those after that one wait for the next request.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set_up: list[Fault] = []
        self._chance = random.Random(_SEED)  # noqa: S311 - the same in every run

    def answer(
        self,
        what: int | str,
        *,
        message: str = "A fault that a test set up.",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        on: str = "*",
        times: int | None = None,
        skip: int = 0,
        share: float = 1.0,
    ) -> Fault:
        """Answer instead of the server; it does not see the request.

        Args:
            what: An error code such as ``"SYS_OVERLOADED"``: the answer is the server's own, in the format
                of the version. Or a status such as 502: the answer is what a proxy in front of it sends.
            message: For an error code: what the answer says.
            body: For a status: its body; a short page in HTML when left out.
            headers: Headers of the answer, such as ``{"Retry-After": "1"}``.
            on: See the class, as for the others.
            times: See the class.
            skip: See the class.
            share: See the class.

        Raises:
            ValueError: The server has no such code, or HTTP no such status.
        """
        given = dict(headers or {})
        action: Action
        if isinstance(what, str):
            if what not in KINDS:
                raise ValueError(f"The server has no error code {what!r}, only {', '.join(KINDS)}.")
            action = ServerError(what, message, given)
        else:
            if not 200 <= what <= 599:  # noqa: PLR2004 - RFC 9110, section 15
                raise ValueError(f"{what} is no final status of HTTP: 200 to 599.")
            page = f"<html><body><h1>{what}</h1></body></html>" if body is None else body
            named = {"Content-Type": "text/html", **given}
            action = ProxyAnswer(what, page.encode() if isinstance(page, str) else page, named)
        return self._add(action, on, times, skip, share)

    def cut(
        self,
        when: Moment = "before",
        *,
        on: str = "*",
        times: int | None = None,
        skip: int = 0,
        share: float = 1.0,
    ) -> Fault:
        """Break the connection.

        Args:
            when: ``before``: the server does not see the request. ``within``: half of the answer's first
                piece arrives. ``after``: the server did what was asked, and nothing of the answer arrives.
            on: See the class, as for the others.
            times: See the class.
            skip: See the class.
            share: See the class.
        """
        if when not in {"before", "within", "after"}:
            raise ValueError(f"A connection is cut before, within or after, not {when!r}.")
        return self._add(Cut(when), on, times, skip, share)

    def delay(
        self, seconds: float, *, on: str = "*", times: int | None = None, skip: int = 0, share: float = 1.0
    ) -> Fault:
        """Let requests wait before the server sees them."""
        return self._add(Delay(seconds), on, times, skip, share)

    def dribble(
        self, seconds: float, *, on: str = "*", times: int | None = None, skip: int = 0, share: float = 1.0
    ) -> Fault:
        """Send each piece of an answer in ten parts, over so many seconds."""
        return self._add(Dribble(seconds), on, times, skip, share)

    def change(
        self,
        function: Callable[[bytes], bytes],
        *,
        on: str = "*",
        times: int | None = None,
        skip: int = 0,
        share: float = 1.0,
    ) -> Fault:
        """Change the bodies of answers on their way.

        Args:
            function: Gets a body and returns another, of any length.
            on: See the class, as for the others.
            times: See the class.
            skip: See the class.
            share: See the class.
        """
        return self._add(Change(function), on, times, skip, share)

    def clear(self) -> None:
        """End all faults; chance begins anew."""
        with self._lock:
            self._set_up.clear()
            self._chance.seed(_SEED)

    def due(self, method: str, path: str) -> list[Action]:
        """Return what a request that arrived meets, and count that."""
        found: list[Action] = []
        with self._lock:
            for fault in self._set_up:
                if fault.pattern.matches(method, path) and fault._strikes(self._chance):  # noqa: SLF001 - see above
                    found.append(fault.action)
                    if isinstance(fault.action, _INSTEAD):
                        break
        return found

    def __repr__(self) -> str:
        return f"<Faults: {len(self._set_up)} set up>"

    def _add(self, action: Action, on: str, times: int | None, skip: int, share: float) -> Fault:
        if not 0 <= share <= 1:
            raise ValueError(f"share is a part of the requests, 0 to 1, not {share}.")
        fault = Fault(action, Pattern.parse(on), times, skip, share, self)
        with self._lock:
            self._set_up.append(fault)
        return fault

    def _remove(self, fault: Fault) -> None:
        with self._lock:
            self._set_up = [other for other in self._set_up if other is not fault]
