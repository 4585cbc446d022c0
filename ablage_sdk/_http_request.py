"""One request, whichever HTTP library carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from ablage_sdk._options import Timeout

__all__ = ["HTTPRequest"]


@dataclass(slots=True)
class HTTPRequest:
    """One request, for either library."""

    method: str
    url: str
    headers: dict[str, str]
    timeout: Timeout
    content: bytes | Generator[bytes, None, None] | AsyncGenerator[bytes] | None = None
