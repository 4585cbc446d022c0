"""Settings of the server whose names or meanings changed with release 2.0; see the migration guide."""

from __future__ import annotations

__all__ = ["ADDED", "MEBIBYTE", "REMOVED", "RENAMED", "SIZE", "megabytes"]

#: Old name → new name, the value stays.
RENAMED = {"OCR_ENGINE": "OCR_BACKEND", "REDIS_URL": "REDIS_DSN"}
#: Old name (bytes), new name (megabytes).
SIZE = ("MAX_FILE_SIZE", "MAX_UPLOAD_SIZE_MB")
#: Removed name → what to do instead.
REMOVED = {
    "LEGACY_MODE": "set ABLAGE_API_VERSIONS=1.0,2.0 to keep API v1",
    "OLD_API_ENABLED": "set ABLAGE_API_VERSIONS=1.0,2.0 to keep API v1",
}
#: New name → default.
ADDED = {"OCR_TIMEOUT_SECONDS": "300", "ENABLE_WEBHOOKS": "true"}

MEBIBYTE = 1024 * 1024


def megabytes(size: int) -> int:
    """Return a size in bytes as megabytes, rounded up so that no file becomes too large; at least 1."""
    return max(1, -(-size // MEBIBYTE))
