"""What turns exceptions into answers, registered with the framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from server_stub.api import problems
from server_stub.api.errors import headers_of
from server_stub.api.request_context import RequestContext
from server_stub.api.state import ApiState
from server_stub.errors import AblageServerError, FieldError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

_PLACES = {"body", "query", "path", "header", "cookie"}
_METHODS = ("GET", "POST", "PATCH", "DELETE")
MAX_ERRORS = 50


def answer(request: Request, code: str, message: str, errors: Sequence[FieldError] = ()) -> Response:
    """Return an error in the format of the request's version."""
    return problems.response(RequestContext.of(request.scope), code, message, errors)


async def server_error(request: Request, error: Exception) -> Response:
    """Answer what a service raised."""
    assert isinstance(error, AblageServerError)  # noqa: S101 - registered for nothing else
    RequestContext.of(request.scope).headers.update(headers_of(error))
    return answer(request, error.code, error.message, error.errors)


async def validation_error(request: Request, error: Exception) -> Response:
    """Answer what FastAPI found wrong, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    errors = [FieldError(_field(e["loc"]), _message(e)) for e in error.errors()[:MAX_ERRORS]]
    if all(e["loc"][:2] == ("path", "document_id") for e in error.errors()):
        # A document whose id is no UUID is a document that is not there.
        wanted = request.path_params.get("document_id", "")
        return answer(request, "DOC_NOT_FOUND", f"There is no document {str(wanted)[:100]!r}: ids are UUIDs.")
    summary = "; ".join(f"{e.field}: {e.message}" for e in errors[:3])
    return answer(request, "VALIDATION_ERROR", f"The request is not valid. {summary}", errors)


async def http_error(request: Request, error: Exception) -> Response:
    """Answer what the framework raised: no such route, no such method, body too large."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    code = problems.BY_STATUS.get(error.status_code, "BAD_REQUEST")
    messages = {
        "NOT_FOUND": "There is nothing at this address. The addresses are listed at /docs.",
        "METHOD_NOT_ALLOWED": f"{request.method} is not possible here.",
        "REQUEST_TOO_LARGE": "The request is too large.",
    }
    response = answer(request, code, messages.get(code, "The request could not be read."))
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    if code == "METHOD_NOT_ALLOWED":
        response.headers["Allow"] = ", ".join(_allowed(request))
    return response


def _allowed(request: Request) -> list[str]:
    """Return the methods of an address; the framework names only those of the first route that fits."""
    published = ApiState.of(request.app).methods.get(request.scope["path"])
    if published is not None:
        return list(published)
    routes = request.app.router.routes
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def register(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(AblageServerError, server_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_error)


def _field(location: Sequence[object]) -> str:
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] in _PLACES:
        parts = parts[1:]
    return ".".join(parts)[:200]


def _message(error: dict[str, object]) -> str:
    if error["type"] == "json_invalid":
        return "is not valid JSON."
    return f"{str(error['msg']).removeprefix('Value error, ')}."
