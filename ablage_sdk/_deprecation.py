"""Turns a server's announcement that an endpoint will go away into a warning at the caller's line."""

from __future__ import annotations

import re
import sys
import warnings
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ablage_sdk._exceptions import AblageDeprecationWarning

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["announcement", "warn"]

_HERE: Final = str(Path(__file__).parent)


def announcement(call: str, headers: Mapping[str, str]) -> str | None:
    """Return what an answer's headers say about the end of its endpoint; ``None`` when nothing.

    Reads ``Deprecation`` (RFC 9745), ``Sunset`` (RFC 8594), ``Link`` (RFC 8288) and
    ``X-API-Deprecation``.
    """
    since, until = headers.get("deprecation"), headers.get("sunset")
    explanation = headers.get("x-api-deprecation")
    if since is None and until is None and explanation is None:
        return None
    text = f"{call}: the server has deprecated this endpoint"
    deprecated_at, sunset_at = _date(since), _date(until)
    if deprecated_at:
        text += f" since {deprecated_at:%Y-%m-%d}"
    if sunset_at:
        text += f"; it will be removed on {sunset_at:%Y-%m-%d}"
    successor = re.search(r'<([^>]*)>[^,]*;\s*rel="?successor-version"?', headers.get("link", ""))
    if successor:
        text += f"; its successor is {successor[1]}"
    return f"{text}. {explanation}" if explanation else f"{text}."


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        if text.startswith("@"):
            return datetime.fromtimestamp(int(text[1:]), UTC)
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError, OSError):
        return None


def warn(message: str) -> None:
    """Warn, pointing at the first line outside the SDK."""
    frame, level = sys._getframe(1), 2  # noqa: SLF001 - Python 3.12 has skip_file_prefixes for this
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, AblageDeprecationWarning, stacklevel=level)
