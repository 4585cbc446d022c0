"""``GET /documents/{id}`` and ``GET /documents`` on the shortest way: no routing, no dependency injection.

They are the same requests as `server_stub.api.v2.documents.get_document` and ``list_documents``, which
describe them and serve what asks for more: a wait, filters, or values that are wrong.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.requests import Request

from server_stub.api import versions
from server_stub.api.dependencies import context, current_actor, services
from server_stub.api.etags import etag
from server_stub.api.gateway import answer_exception
from server_stub.api.request_context import RequestContext
from server_stub.api.v2.hot.queries import get_encoded, list_encoded
from server_stub.api.v2.paging import MAX_CURSOR
from server_stub.errors import AblageServerError
from server_stub.observability import tracing
from server_stub.services.paging import DEFAULT_LIMIT, MAX_LIMIT, AfterCursor
from server_stub.storage.queries.document_filters import Filters

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from server_stub.storage.queries.lists import Order

_LIST = f"{versions.PREFIXES[versions.V2]}/documents"
_DOCUMENT = re.compile(rf"{_LIST}/([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})")
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")
_DEFAULT_LIMIT = str(DEFAULT_LIMIT)
_ORDERS: dict[str, Order] = {"asc": "asc", "desc": "desc"}


class HotReads:
    """ASGI middleware in front of the routes.

    Args:
        app: The routes, which get everything that is not served here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        try:
            served = scope["type"] == "http" and scope["method"] == "GET" and await _serve(scope, send)
        except AblageServerError as error:
            # Here and not in the gateway: a program in a browser may read it only with the headers of CORS.
            await answer_exception(RequestContext.of(scope), error)(scope, receive, send)
            return
        if not served:
            await self.app(scope, receive, send)


async def _serve(scope: Scope, send: Send) -> bool:
    """Answer a request if it is one of those; tell whether it was."""
    if scope["path"] == _LIST:
        window = _window(scope["query_string"])
        if window is None:
            return False
        await _send_list(Request(scope), send, window)
        return True
    found = _DOCUMENT.fullmatch(scope["path"])
    if found is None or any(name == b"prefer" for name, _ in scope["headers"]):
        return False
    await _send_document(Request(scope), send, UUID(found[1]))
    return True


def _window(query: bytes) -> AfterCursor | None:
    """Return which part of the list is wanted; ``None`` when it asks for anything else."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else []
    given = dict(pairs)
    limit, cursor = given.pop("limit", _DEFAULT_LIMIT), given.pop("cursor", None)
    order = _ORDERS.get(given.pop("order", "desc"))
    if given or order is None or not _LIMIT.fullmatch(limit) or len(cursor or "") > MAX_CURSOR:
        return None
    return AfterCursor(int(limit), cursor, order) if int(limit) <= MAX_LIMIT else None


async def _send_document(request: Request, send: Send, document_id: UUID) -> None:
    _name(request, f"{_LIST}/{{document_id}}")
    actor = await current_actor(request, None, None)
    found = await get_encoded(services(request), actor, document_id)
    await _send(send, found.body, (b"etag", etag(document_id, found.updated_at).encode()))


async def _send_list(request: Request, send: Send, window: AfterCursor) -> None:
    _name(request, _LIST)
    actor = await current_actor(request, None, None)
    await _send(send, await list_encoded(services(request), actor, Filters(), window))


def _name(request: Request, route: str) -> None:
    context(request).route = route
    tracing.annotate({"http.route": route}, name=f"GET {route}")


async def _send(send: Send, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [length, (b"content-type", b"application/json"), *headers],
        }
    )
    await send({"type": "http.response.body", "body": body})
