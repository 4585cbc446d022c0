"""The server's settings whose names or units changed with release 2.0."""

from __future__ import annotations

#: Old name → new name, the value stays.
RENAMED_SETTINGS = {"OCR_ENGINE": "OCR_BACKEND", "REDIS_URL": "REDIS_DSN"}
#: Old name (bytes), new name (megabytes of 1024 · 1024 bytes).
RESIZED_SETTING = ("MAX_FILE_SIZE", "MAX_UPLOAD_SIZE_MB")
#: Names without a successor.
REMOVED_SETTINGS = ("LEGACY_MODE", "OLD_API_ENABLED")
