"""How the server is set up."""

from __future__ import annotations

from server_stub.settings.model import Settings, as_environment, load_settings

__all__ = ["Settings", "as_environment", "load_settings"]
