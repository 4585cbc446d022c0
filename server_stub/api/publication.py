"""The OpenAPI document of each version, and a page to read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from starlette.responses import RedirectResponse, Response

from server_stub.api import responses, versions
from server_stub.api.problems import KINDS, PROBLEM_JSON
from server_stub.api.reference_page import reference_page
from server_stub.api.v1 import schemas as v1_schemas
from server_stub.api.v2 import schemas as v2_schemas
from server_stub.services import encoding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import APIRouter, FastAPI

    from server_stub.api.versions import Version

_METHODS = ("get", "post", "patch", "delete", "put")
_PUBLIC = ("/health", "/auth/login", "/auth/refresh", "/auth/logout")
#: The page loads nothing from anywhere.
_STATIC_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
#: What every answer has.
_HEADERS: dict[str, dict[str, object]] = {
    "X-API-Version": {"required": True, "description": "The version that answers."},
    "X-API-Supported-Versions": {
        "required": True,
        "schema": {"type": "string", "pattern": r"^\d\.\d(, \d\.\d)*$"},
        "description": "The versions that are switched on.",
    },
    "X-Request-ID": {
        "required": True,
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
        "description": "That of the request, or a new one. Name it when you report a problem.",
    },
}
_DESCRIPTIONS = {
    versions.V1: "Frozen and deprecated; use version 2.0. [How to move](/docs#deprecation-of-v1).",
    versions.V2: "Documents go in, their text comes out.",
}


def describe(version: Version, router: APIRouter) -> dict[str, Any]:
    """Return the OpenAPI document of a version.

    Args:
        version: Which one.
        router: All its routes.
    """
    document = get_openapi(
        title="Ablage", version=version, description=_DESCRIPTIONS[version], routes=router.routes
    )
    model = v1_schemas.Error if version == versions.V1 else v2_schemas.Problem
    name = "Error" if version == versions.V1 else "Problem"
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = document["components"]["schemas"]
    parts |= schema.pop("$defs", {})
    parts[name] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.pop(unused, None)
    schema["properties"]["code"]["enum"] = sorted(KINDS)
    kind = "application/json" if version == versions.V1 else PROBLEM_JSON
    headers = {header: {"$ref": f"#/components/headers/{header}"} for header in _HEADERS}
    document["components"]["headers"] = {
        **_HEADERS,
        "X-API-Version": {**_HEADERS["X-API-Version"], "schema": {"const": version}},
    }
    document["components"]["responses"] = {
        "Error": {
            "description": "An error.",
            "headers": headers,
            "content": {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}}},
        }
    }
    for path, operations in document["paths"].items():
        for method in _METHODS:
            operation = operations.get(method)
            if operation is None:
                continue
            operation["responses"].pop("422", None)
            for answer in operation["responses"].values():
                answer["headers"] = {**answer.get("headers", {}), **headers}
            for statuses in ("4XX", "5XX"):
                operation["responses"][statuses] = {"$ref": "#/components/responses/Error"}
            if path.endswith(_PUBLIC):
                operation.pop("security", None)
            operation["operationId"] = operation["operationId"].partition("_api_v")[0]
    _make_unique(document)
    return document


def _make_unique(document: dict[str, Any]) -> None:
    """Give two routes of one function different operation ids."""
    seen: dict[str, int] = {}
    for operations in document["paths"].values():
        for operation in operations.values():
            name = operation["operationId"]
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                operation["operationId"] = f"{name}_{seen[name]}"


def add_routes(app: FastAPI, documents: Mapping[Version, Mapping[str, Any]]) -> None:
    """Publish the documents of the versions that are switched on, and ``/docs``."""
    for version, document in documents.items():
        add_static(
            app, f"{versions.PREFIXES[version]}/openapi.json", encoding.dumps(document), responses.JSON
        )
    add_static(app, "/docs", reference_page(documents).encode(), "text/html; charset=utf-8")
    app.add_route("/", lambda _request: RedirectResponse("/docs"), include_in_schema=False)


def add_static(app: FastAPI, path: str, body: bytes, media_type: str) -> None:
    """Serve some bytes at a path."""

    async def serve() -> Response:
        return Response(body, media_type=media_type, headers=_STATIC_HEADERS)

    app.add_api_route(path, serve, include_in_schema=False, methods=["GET"])
