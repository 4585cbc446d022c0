"""Outside of the versions: health, and which versions there are."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Request
from starlette.responses import Response

from server_stub.api import responses, versions
from server_stub.api.dependencies import CurrentServices, api_state
from server_stub.releases import RELEASE_2_0
from server_stub.services.health import readiness

root = APIRouter(tags=["system"])
announcement = APIRouter(tags=["system"])
versioned = APIRouter(tags=["system"])


def release_of(request: Request) -> str:
    """Return which release answers: that of the package, unless it runs as an older one."""
    release = api_state(request).release
    return version("ablage-sdk") if release is RELEASE_2_0 else f"{release.name}.0"


@announcement.get("/api", include_in_schema=False)
@announcement.get("/api/", include_in_schema=False)
async def list_versions(request: Request) -> Response:
    """Say which versions there are."""
    enabled = api_state(request).enabled
    default = versions.fallback(enabled)
    return responses.json(
        {"release": release_of(request), "default_version": default, "versions": versions.describe(enabled)}
    )


@root.get("/health", include_in_schema=False)
@versioned.get("/health")
async def health(request: Request) -> Response:
    """Say that the process is alive. Touches neither database nor disk."""
    return responses.json({"status": "ok", "release": release_of(request)})


@root.get("/health/ready", include_in_schema=False)
async def ready(request: Request, services: CurrentServices) -> Response:
    """Say whether requests can be served, and if not, what is missing."""
    found = await readiness(services, stopping=api_state(request).stopping)
    value = {
        "status": "ready" if found.ok else "unavailable",
        "checks": {c.name: {"ok": c.ok, "detail": c.detail} for c in found.checks},
        "ocr_engines": {c.name: {"available": c.ok, "detail": c.detail} for c in found.engines},
    }
    return responses.json(value, status=200 if found.ok else 503)
