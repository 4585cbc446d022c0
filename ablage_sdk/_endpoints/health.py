"""The endpoints that tell the state of the server."""

from __future__ import annotations

from typing import Final

from ablage_sdk._endpoints._endpoint import Endpoint
from ablage_sdk._models.health import Health, Readiness, ServerVersions
from ablage_sdk._operation import one

CHECK: Final = Endpoint("health.check", "GET", "/health", one(Health), versioned=False, authenticated=False)
READY: Final = Endpoint(
    "health.ready",
    "GET",
    "/health/ready",
    one(Readiness),
    versioned=False,
    authenticated=False,
    expected=frozenset({200, 503}),
)
VERSIONS: Final = Endpoint(
    "health.versions", "GET", "/api", one(ServerVersions), versioned=False, authenticated=False
)
