"""``GET /documents/{id}`` on the shortest way: no dependency injection, no decoding.

It is the same request as `server_stub.api.v2.documents.get_document`, which describes it and serves what
asks for more than the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from starlette.responses import Response
from starlette.routing import Match, Route

from server_stub.api.dependencies import context, current_actor, services
from server_stub.services.hot_reads import get_encoded

if TYPE_CHECKING:
    from uuid import UUID

    from starlette.requests import Request
    from starlette.types import Scope


class HotRoute(Route):
    """A route that leaves requests with ``Prefer`` to the one behind it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether this route serves a request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return Match.NONE, {}
        if any(name == b"prefer" for name, _ in scope["headers"]):
            return Match.NONE, {}
        return super().matches(scope)


async def get_document(request: Request) -> Response:
    """Return a document."""
    context(request).route = "/api/v2/documents/{document_id}"
    actor = await current_actor(request, None, None)
    found = await get_encoded(services(request), actor, cast("UUID", request.path_params["document_id"]))
    return Response(found.body, headers={"ETag": found.etag}, media_type="application/json")


route = HotRoute("/api/v2/documents/{document_id:uuid}", get_document, methods=["GET"])
