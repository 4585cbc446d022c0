"""The server's settings whose names or units changed with release 2.0."""

from __future__ import annotations

__all__ = ["REMOVED", "RENAMED", "SIZE"]

#: Old name → new name, the value stays.
RENAMED = {"OCR_ENGINE": "OCR_BACKEND", "REDIS_URL": "REDIS_DSN"}
#: Old name (bytes), new name (megabytes of 1024 · 1024 bytes).
SIZE = ("MAX_FILE_SIZE", "MAX_UPLOAD_SIZE_MB")
#: Names without a successor.
REMOVED = ("LEGACY_MODE", "OLD_API_ENABLED")
