"""What the API keeps for the life of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_stub.api.rate_limits import RateLimits
from server_stub.releases import RELEASES
from server_stub.services.authentication import Authenticator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server_stub.api.versions import Version
    from server_stub.services.context import Services
    from server_stub.settings import Settings


class ApiState:
    """One per application.

    Args:
        enabled: The versions that are switched on.
        settings: How the server is set up.

    Attributes:
        release: What the release that the server runs as has.
        rate_limits: Counts requests.
        methods: Published path → the methods that it has.
        stopping: Whether the server is about to stop: it is not ready, and connections are not kept.
    """

    def __init__(self, enabled: Sequence[Version], settings: Settings) -> None:
        self.enabled = tuple(enabled)
        self.release = RELEASES[settings.release]
        self.rate_limits = RateLimits(settings)
        self.methods: dict[str, tuple[str, ...]] = {}
        self.stopping = False
        self._services: Services | None = None
        self._authenticator: Authenticator | None = None

    def authenticator(self, services: Services) -> Authenticator:
        """Return what recognises credentials; another one after the application was started anew."""
        if self._authenticator is None or self._services is not services:
            self._services = services
            self._authenticator = Authenticator(services)
        return self._authenticator
