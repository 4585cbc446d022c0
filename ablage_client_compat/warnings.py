"""One warning for each place that uses the old client, and the count behind `report`.

A *site* is a line of legacy code together with the old name it uses. Every use is counted; the warning is
emitted once per site, whatever action the warning filters ask for, so that a loop of ten thousand calls does
not print ten thousand lines. A filter that turns it into an error raises every time.

The line is the innermost one that belongs neither to this package nor to the standard library, which calls
what it is given: ``asyncio.gather``, ``unittest``, ``runpy``. A thread of a pool that was given a bare method
(``pool.map(client.documents.get, ids)``) has no such line; then it is the line that made the client, and
``<thread>`` for what has no client, such as a document.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import ablage_sdk
from ablage_client_compat.errors import old_error
from ablage_sdk import AblageDeprecationWarning

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import FrameType

__all__ = [
    "AblageDeprecationWarning",
    "Site",
    "Use",
    "deprecated",
    "legacy",
    "legacy_attribute",
    "report",
    "take",
    "used",
]

F = TypeVar("F", bound="Callable[..., object]")
R = TypeVar("R")

if TYPE_CHECKING:
    from typing_extensions import deprecated
else:

    def deprecated(message: str, *, category: None) -> Callable[[F], F]:  # noqa: ARG001  # as PEP 702 has it
        """Mark as deprecated for type checkers; `legacy` warns."""

        def mark(target: F) -> F:
            target.__deprecated__ = message
            return target

        return mark


#: Packages whose frames are never "the caller's line".
_PASSED_OVER = sys.stdlib_module_names | {"ablage_client_compat", "ablage_client"}


class Site(NamedTuple):
    """A line of legacy code."""

    file: str
    line: int
    #: The name of its module, which warning filters can ask for.
    module: str


#: Where there is no line of legacy code.
NOWHERE = Site("<thread>", 0, "<thread>")


@dataclass(frozen=True, order=True)
class Use:
    """One place in legacy code and what it uses there."""

    #: ``<thread>`` when no legacy code was on the stack, and ``line`` is 0.
    file: str
    line: int
    #: The old name, as the legacy code writes it: ``AblageClient.documents.get()``.
    name: str
    #: What to write instead.
    replacement: str
    #: How often this place was reached.
    count: int


class _Log:
    """What was used where, for this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counts: dict[tuple[str, int, str], int] = {}
        self.replacements: dict[str, str] = {}
        # Programs name their files relative to a folder that they may leave.
        self.files: dict[str, str] = {}
        self.warned: set[tuple[str, int, str]] = set()
        # The filters under which `warned` was collected: other filters, a new start.
        self.filters: tuple[object, object] = (None, None)

    def forget(self) -> None:
        """Start at zero: a forked child must not report what its parent reports too."""
        self.lock = threading.Lock()
        self.counts = {}


_log = _Log()
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_log.forget)


def used(name: str, replacement: str, maker: object = None) -> Site:
    """Count a use of the old client and warn about it, once per line of the caller.

    Args:
        name: The old name, as the legacy code writes it.
        replacement: What to write instead, as a sentence.
        maker: What knows as ``made_at`` the line to name when no legacy code is on the stack.

    Returns:
        The line of the caller.

    Raises:
        AblageDeprecationWarning: When the warning filters turn it into an error.
    """
    caller = _caller()
    if caller is None:
        made_at: Site = getattr(maker, "made_at", NOWHERE)
        caller = made_at
    site = (caller.file, caller.line, name)
    filters = (warnings.filters, warnings.filters[0] if warnings.filters else None)
    with _log.lock:
        _log.counts[site] = _log.counts.get(site, 0) + 1
        if site[0] not in _log.files:
            _log.files[site[0]] = site[0] if site[0].startswith("<") else str(Path(site[0]).absolute())
        _log.replacements[name] = replacement
        if _log.filters[0] is not filters[0] or _log.filters[1] is not filters[1]:
            _log.filters, _log.warned = filters, set()
        if site in _log.warned:
            return caller
    warnings.warn_explicit(
        f"{name} is deprecated. {replacement}",
        AblageDeprecationWarning,
        site[0],
        site[1],
        module=caller.module,
    )
    _log.warned.add(site)  # not reached when the filters made an error of it: then it is one every time
    return caller


def _caller() -> Site | None:
    """Return the innermost line that is neither the shim's own nor the standard library's."""
    # inspect.currentframe() is the same call behind a wrapper
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.partition(".")[0] not in _PASSED_OVER:
            return Site(frame.f_code.co_filename, frame.f_lineno, module)
        frame = frame.f_back
    return None


def legacy(function: F) -> F:
    """Make a method of the old client out of a function that calls the SDK.

    Below it stands ``@deprecated("Write …", category=None)``, from which type checkers and the warning take
    the replacement. The class has ``_path``, the way to it in legacy code. A coroutine function warns when it
    is called, not when it is awaited, so that the warning points at the line of the call.
    """
    replacement: str = function.__deprecated__  # type: ignore[attr-defined]  # see the docstring
    name = function.__name__

    if inspect.iscoroutinefunction(function):

        def call_async(self: Any, /, *args: Any, **kwargs: Any) -> Awaitable[Any]:
            used(f"{self._path}.{name}()", replacement, self._connection)
            return _translating(function(self, *args, **kwargs))

        call: Callable[..., Any] = call_async
        if sys.version_info >= (3, 12):
            inspect.markcoroutinefunction(call)
    else:

        def call_sync(self: Any, /, *args: Any, **kwargs: Any) -> Any:
            used(f"{self._path}.{name}()", replacement, self._connection)
            try:
                return function(self, *args, **kwargs)
            except (ablage_sdk.AblageError, ablage_sdk.WaitTimeoutError) as error:
                raise old_error(error) from None

        call = call_sync
    return functools.wraps(function)(call)  # type: ignore[return-value]  # the same signature


async def _translating(work: Awaitable[R]) -> R:
    try:
        return await work
    except ablage_sdk.AblageError as error:
        raise old_error(error) from None


def legacy_attribute(function: F) -> F:
    """Do for the getter of a property what `legacy` does for a method."""
    replacement: str = function.__deprecated__  # type: ignore[attr-defined]  # see `legacy`
    name = function.__name__

    def read(self: Any) -> Any:
        used(f"{type(self).__name__}.{name}", replacement)
        return function(self)

    return functools.wraps(function)(read)  # type: ignore[return-value]  # the same signature


def report() -> list[Use]:
    """Return what legacy code used of the old client in this process so far.

    Returns:
        One `Use` per line and old name, ordered by file and line. With the environment variable
        ``ABLAGE_COMPAT_REPORT=path.json`` the same is written at exit, added up over processes.
    """
    with _log.lock:
        counts = dict(_log.counts)
    return sorted(
        Use(_log.files[file], line, name, _log.replacements[name], count)
        for (file, line, name), count in counts.items()
    )


def take() -> list[Use]:
    """Return the same as `report` and start counting from zero."""
    uses = report()
    with _log.lock:
        _log.counts = {}
    return uses
