"""HTTP: routes, versions and errors."""

from __future__ import annotations

from server_stub.api.installation import install

__all__ = ["install"]
