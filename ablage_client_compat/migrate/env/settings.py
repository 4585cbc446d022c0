"""Settings of the server whose names or meanings changed with release 2.0; see the migration guide."""

from __future__ import annotations

from ablage_sdk.formats import REMOVED_SETTINGS, RENAMED_SETTINGS, RESIZED_SETTING

__all__ = ["ADDED", "MEBIBYTE", "REMOVED", "RENAMED", "SIZE", "megabytes"]

#: Old name → new name, the value stays.
RENAMED = RENAMED_SETTINGS
#: Old name (bytes), new name (megabytes).
SIZE = RESIZED_SETTING
#: Removed name → what to do instead.
REMOVED = dict.fromkeys(REMOVED_SETTINGS, "set ABLAGE_API_VERSIONS=1.0,2.0 to keep API v1")
#: New name → default.
ADDED = {"OCR_TIMEOUT_SECONDS": "300", "ENABLE_WEBHOOKS": "true"}

MEBIBYTE = 1024 * 1024


def megabytes(size: int) -> int:
    """Return a size in bytes as megabytes, rounded up so that no file becomes too large; at least 1."""
    return max(1, -(-size // MEBIBYTE))
