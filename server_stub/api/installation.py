"""Putting the API into an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fastapi import APIRouter

from server_stub.api import handlers, system, versions
from server_stub.api.gateway import Gateway
from server_stub.api.state import ApiState
from server_stub.api.v1 import documents as v1_documents
from server_stub.api.v2 import documents as v2_documents

if TYPE_CHECKING:
    from fastapi import FastAPI

    from server_stub.settings import Settings


def v1_router() -> APIRouter:
    """Return all routes of API v1."""
    router = APIRouter(prefix=versions.PREFIXES[versions.V1])
    for part in (system.versioned, v1_documents.router):
        router.include_router(part)
    return router


def v2_router() -> APIRouter:
    """Return all routes of API v2."""
    router = APIRouter(prefix=versions.PREFIXES[versions.V2])
    for part in (system.versioned, v2_documents.router):
        router.include_router(part)
    return router


def install(app: FastAPI) -> None:
    """Add routes, middleware and error handlers to an application.

    Args:
        app: The application. ``app.state.settings`` must be set; ``app.state.services`` when it starts.
    """
    settings = cast("Settings", app.state.settings)
    enabled = tuple(v for v in versions.ALL if v in settings.api_versions)
    app.state.api = ApiState(enabled)
    app.include_router(system.root)
    app.include_router(v1_router())
    app.include_router(v2_router())
    handlers.register(app)
    app.add_middleware(Gateway, enabled=enabled)
