"""The versions of the API: which there are, until when, and which one a request means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection

Version: TypeAlias = Literal["1.0", "2.0"]

V1: Version = "1.0"
V2: Version = "2.0"
ALL: tuple[Version, ...] = (V1, V2)
#: What a request without any hint means: programs older than the header know only this one.
DEFAULT: Version = V1
PREFIXES: dict[Version, str] = {V1: "/api/v1", V2: "/api/v2"}

V1_DEPRECATED_AT = datetime(2026, 1, 1, tzinfo=UTC)
V1_SUNSET_AT = datetime(2027, 6, 30, tzinfo=UTC)

DEPRECATION_PAGE = "/docs#deprecation-of-v1"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the path and header of a request say.

    Attributes:
        version: The version to answer in; also that of an error about the choice itself.
        path: The path with its version prefix.
        problem: Why the choice cannot be followed: a code and a message.
    """

    version: Version
    path: str
    problem: tuple[str, str] | None = None


def resolve(
    path: str, header: str | None, enabled: Collection[Version], known: Collection[Version] = ALL
) -> Resolved:
    """Decide which version a request means.

    Args:
        path: The path of the request.
        header: The value of ``X-API-Version``, if sent.
        enabled: The versions that are switched on.
        known: The versions that the release knows.
    """
    asked = next((version for version in known if version == header), None)
    by_path = next((v for v in known if path == PREFIXES[v] or path.startswith(f"{PREFIXES[v]}/")), None)
    if header is not None and asked is None:
        message = f"Unsupported API version: {header}"
        return Resolved(by_path or fallback(enabled), path, ("API_VERSION_UNSUPPORTED", message))
    if not path.startswith("/api/"):
        return Resolved(asked or fallback(enabled), path)
    if by_path is not None and asked is not None and asked != by_path:
        message = (
            f"The path asks for version {by_path} and the header X-API-Version for {asked}. Leave one out."
        )
        return Resolved(by_path, path, ("API_VERSION_MISMATCH", message))
    version = by_path or asked or DEFAULT
    if by_path is None:
        path = PREFIXES[version] + path.removeprefix("/api")
    if version not in enabled:
        on = ", ".join(enabled)
        message = f"API version {version} is switched off on this server. Versions that are on: {on}."
        return Resolved(version, path, ("API_VERSION_DISABLED", message))
    return Resolved(version, path)


def fallback(enabled: Collection[Version]) -> Version:
    """Return the version of answers to requests that name none."""
    return DEFAULT if DEFAULT in enabled else next(iter(enabled))


def describe(enabled: Collection[Version]) -> list[dict[str, object]]:
    """Return what ``GET /api`` says about each version."""
    return [
        {
            "version": version,
            "status": "deprecated" if version == V1 else "current",
            "enabled": version in enabled,
            "path": PREFIXES[version],
            "deprecated_at": V1_DEPRECATED_AT if version == V1 else None,
            "sunset_at": V1_SUNSET_AT if version == V1 else None,
        }
        for version in ALL
    ]


def deprecation_headers(what: str, successor: str) -> dict[str, str]:
    """Return the headers of a deprecated endpoint (RFC 9745, RFC 8594).

    Args:
        what: What is deprecated and what to use instead, in one sentence.
        successor: The path that takes its place.
    """
    return {
        "X-API-Deprecation": what,
        "Deprecation": f"@{int(V1_DEPRECATED_AT.timestamp())}",
        "Sunset": format_datetime(V1_SUNSET_AT, usegmt=True),
        "Link": f'<{successor}>; rel="successor-version", <{DEPRECATION_PAGE}>; rel="deprecation"',
    }
