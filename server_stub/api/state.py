"""What an application keeps for the time that it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from server_stub.api.rate_limits import RateLimits
from server_stub.releases import RELEASES
from server_stub.services.authentication import Authenticator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.applications import Starlette

    from server_stub.api.versions import Version
    from server_stub.services.context import Services
    from server_stub.settings import Settings


class ApiState:
    """One per application.

    Args:
        enabled: The versions that are switched on.
        settings: How the server is set up.

    Attributes:
        settings: How the server is set up.
        enabled: The versions that are switched on.
        release: What the release that the server runs as has.
        rate_limits: Counts requests.
        methods: Published path → the methods that it has.
        stopping: Whether the server is about to stop: it is not ready, and connections are not kept.
        services: The services; they are there once the application was started.
        authenticator: Recognises credentials; likewise.
    """

    services: Services
    authenticator: Authenticator

    def __init__(self, enabled: Sequence[Version], settings: Settings) -> None:
        self.settings = settings
        self.enabled = tuple(enabled)
        self.release = RELEASES[settings.release]
        self.rate_limits = RateLimits(settings)
        self.methods: dict[str, tuple[str, ...]] = {}
        self.stopping = False

    @classmethod
    def of(cls, app: Starlette) -> ApiState:
        """Return the state of an application."""
        return cast("ApiState", app.state.ablage)

    def attach(self, app: Starlette) -> None:
        """Make this the state of an application."""
        app.state.ablage = self

    def start(self, services: Services) -> None:
        """Begin to work with services; what was known of others is forgotten."""
        self.services = services
        self.authenticator = Authenticator(services)
