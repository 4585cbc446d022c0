"""Putting the API into an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.middleware.cors import CORSMiddleware

from server_stub.api import (
    analytics,
    api_keys,
    auth,
    downloads,
    handlers,
    publication,
    system,
    versions,
    webhooks,
)
from server_stub.api.gateway import Gateway
from server_stub.api.state import ApiState
from server_stub.api.v1 import api_keys as v1_api_keys
from server_stub.api.v1 import documents as v1_documents
from server_stub.api.v1 import schemas as v1_schemas
from server_stub.api.v1 import users as v1_users
from server_stub.api.v1 import webhooks as v1_webhooks
from server_stub.api.v2 import api_keys as v2_api_keys
from server_stub.api.v2 import documents as v2_documents
from server_stub.api.v2 import schemas as v2_schemas
from server_stub.api.v2 import users as v2_users
from server_stub.api.v2 import webhooks as v2_webhooks
from server_stub.api.v2.hot.middleware import HotReads
from server_stub.releases import RELEASE_2_0, RELEASES

if TYPE_CHECKING:
    from fastapi import FastAPI

    from server_stub.releases import Release
    from server_stub.settings import Settings

#: What a program in a browser may read of an answer, beside the body.
EXPOSED_HEADERS = (
    "Content-Disposition", "Content-Range", "Deprecation", "ETag", "Idempotent-Replayed", "Link", "Location",
    "Preference-Applied", "Retry-After", "Sunset", "X-API-Deprecation", "X-API-Supported-Versions",
    "X-API-Version", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-ID",
)  # fmt: skip


def v1_router(release: Release = RELEASE_2_0) -> APIRouter:
    """Return all routes of API v1 that a release has."""
    router = APIRouter(prefix=versions.PREFIXES[versions.V1])
    login = auth.make_router(user=v1_users.old, session_model=v1_schemas.Session, user_model=v1_schemas.User)
    for part in (
        system.versioned,
        login,
        v1_documents.router,
        downloads.router,
        v1_users.router,
        v1_api_keys.router,
        api_keys.router,
        *([v1_webhooks.router, webhooks.router] if release.has_webhooks else []),
        analytics.router,
    ):
        router.include_router(part)
    return router


def v2_router(_release: Release = RELEASE_2_0) -> APIRouter:
    """Return all routes of API v2, which every release that knows it has."""
    router = APIRouter(prefix=versions.PREFIXES[versions.V2])
    login = auth.make_router(
        user=lambda user: user, session_model=v2_schemas.Session, user_model=v2_schemas.User
    )
    for part in (
        system.versioned,
        login,
        v2_documents.router,
        downloads.router,
        v2_users.router,
        v2_api_keys.router,
        api_keys.router,
        v2_webhooks.router,
        webhooks.router,
        analytics.router,
    ):
        router.include_router(part)
    return router


#: Version → what makes its routes.
ROUTERS = {versions.V1: v1_router, versions.V2: v2_router}


def install(app: FastAPI, settings: Settings) -> None:
    """Add routes, middleware, error handlers and `ApiState` to an application.

    Args:
        app: The application; `ApiState.start` gives it services when it starts.
        settings: How it is set up.
    """
    enabled = tuple(v for v in versions.ALL if v in settings.api_versions)
    release = RELEASES[settings.release]
    state = ApiState(enabled, settings)
    state.attach(app)
    app.include_router(system.root)
    if release.announces_versions:
        app.include_router(system.announcement)
    routers = {version: ROUTERS[version](release) for version in release.api_versions}
    for router in routers.values():
        app.include_router(router)
    handlers.register(app)
    published = {v: publication.describe(v, routers[v]) for v in enabled}
    for document in published.values():
        for path, operations in document["paths"].items():
            state.methods[path] = tuple(method.upper() for method in operations)
    publication.add_routes(app, published)
    if versions.V2 in release.api_versions:
        app.add_middleware(HotReads)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=EXPOSED_HEADERS,
            max_age=600,
        )
    app.add_middleware(Gateway, state=state, release=release, read_only=settings.read_only)
