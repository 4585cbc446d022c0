"""One warning for each place that uses the old client, and the count behind `report`.

A *site* is a line of legacy code together with the old name it uses. Every use is counted; the warning is
emitted once per site, whatever action the warning filters ask for, so that a loop of ten thousand calls does
not print ten thousand lines. A filter that turns it into an error raises every time.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ablage_sdk import AblageDeprecationWarning

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["AblageDeprecationWarning", "Use", "report", "take", "used"]

#: Packages whose frames are never "the caller's line".
_OWN = frozenset({"ablage_client_compat", "ablage_client"})


@dataclass(frozen=True, order=True)
class Use:
    """One place in legacy code and what it uses there."""

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
os.register_at_fork(after_in_child=_log.forget)


def used(name: str, replacement: str) -> None:
    """Count a use of the old client and warn about it, once per line of the caller.

    Args:
        name: The old name, as the legacy code writes it.
        replacement: What to write instead, as a sentence.

    Raises:
        AblageDeprecationWarning: When the warning filters turn it into an error.
    """
    frame = _caller()
    site = (frame.f_code.co_filename, frame.f_lineno, name)
    filters = (warnings.filters, warnings.filters[0] if warnings.filters else None)
    with _log.lock:
        _log.counts[site] = _log.counts.get(site, 0) + 1
        if site[0] not in _log.files:
            _log.files[site[0]] = site[0] if site[0].startswith("<") else str(Path(site[0]).absolute())
        _log.replacements[name] = replacement
        if _log.filters[0] is not filters[0] or _log.filters[1] is not filters[1]:
            _log.filters, _log.warned = filters, set()
        if site in _log.warned:
            return
    warnings.warn_explicit(
        f"{name} is deprecated. {replacement}",
        AblageDeprecationWarning,
        site[0],
        site[1],
        module=frame.f_globals.get("__name__") or "<unknown>",
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )
    _log.warned.add(site)  # not reached when the filters made an error of it: then it is one every time


def _caller() -> FrameType:
    """Return the innermost frame that is not the shim's own."""
    frame = sys._getframe(2)  # noqa: SLF001  # inspect.currentframe() is the same call behind a wrapper
    while frame.f_back and str(frame.f_globals.get("__name__")).partition(".")[0] in _OWN:
        frame = frame.f_back
    return frame


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
