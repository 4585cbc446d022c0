"""Errors over HTTP: the table of codes, and the two formats."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import Response

from server_stub.api.responses import JSON
from server_stub.api.versions import V1
from server_stub.services import encoding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server_stub.api.request_context import RequestContext
    from server_stub.errors import FieldError


class Kind(NamedTuple):
    """How an error code appears over HTTP."""

    status: int
    title: str


#: Service error → HTTP. Every code that the server can answer is here.
KINDS: Mapping[str, Kind] = {
    "BAD_REQUEST": Kind(400, "Bad request"),
    "API_VERSION_UNSUPPORTED": Kind(400, "Unsupported API version"),
    "API_VERSION_MISMATCH": Kind(400, "Contradicting API versions"),
    "AUTH_REQUIRED": Kind(401, "Authentication required"),
    "AUTH_INVALID_CREDENTIALS": Kind(401, "Invalid credentials"),
    "AUTH_TOKEN_EXPIRED": Kind(401, "Token expired"),
    "AUTH_TOKEN_INVALID": Kind(401, "Token invalid"),
    "PERM_DENIED": Kind(403, "Permission denied"),
    "NOT_FOUND": Kind(404, "Not found"),
    "DOC_NOT_FOUND": Kind(404, "Document not found"),
    "DOC_FILE_NOT_FOUND": Kind(404, "File not found"),
    "USER_NOT_FOUND": Kind(404, "User not found"),
    "API_KEY_NOT_FOUND": Kind(404, "API key not found"),
    "WEBHOOK_NOT_FOUND": Kind(404, "Webhook not found"),
    "DELIVERY_NOT_FOUND": Kind(404, "Delivery not found"),
    "API_VERSION_DISABLED": Kind(404, "API version switched off"),
    "METHOD_NOT_ALLOWED": Kind(405, "Method not allowed"),
    "CONFLICT": Kind(409, "Conflict"),
    "DOC_PROCESSING": Kind(409, "Document is being processed"),
    "IDEMPOTENCY_KEY_IN_USE": Kind(409, "Request still running"),
    "USER_EMAIL_TAKEN": Kind(409, "Address already taken"),
    "LAST_ADMIN": Kind(409, "Last administrator"),
    "WEBHOOKS_DISABLED": Kind(409, "Webhooks switched off"),
    "WEBHOOK_INACTIVE": Kind(409, "Webhook is not active"),
    "ENDPOINT_REMOVED": Kind(410, "Endpoint removed"),
    "PRECONDITION_FAILED": Kind(412, "Changed in the meantime"),
    "DOC_TOO_LARGE": Kind(413, "File too large"),
    "REQUEST_TOO_LARGE": Kind(413, "Request too large"),
    "DOC_INVALID_FORMAT": Kind(415, "File format not supported"),
    "RANGE_NOT_SATISFIABLE": Kind(416, "Range not satisfiable"),
    "VALIDATION_ERROR": Kind(422, "Validation failed"),
    "IDEMPOTENCY_KEY_REUSED": Kind(422, "Idempotency key used before"),
    "OCR_BACKEND_UNKNOWN": Kind(422, "Unknown OCR backend"),
    "WEBHOOK_URL_REFUSED": Kind(422, "Webhook address refused"),
    "RATE_LIMIT_EXCEEDED": Kind(429, "Too many requests"),
    "AUTH_LOCKED": Kind(429, "Too many failed logins"),
    "REQUEST_HEADERS_TOO_LARGE": Kind(431, "Request headers too large"),
    "INTERNAL_ERROR": Kind(500, "Internal error"),
    "SYS_OVERLOADED": Kind(503, "Overloaded"),
    "SYS_DATABASE_ERROR": Kind(503, "Database not available"),
    "SYS_MAINTENANCE": Kind(503, "Maintenance"),
}

#: What the framework raises by itself.
BY_STATUS: Mapping[int, str] = {
    400: "BAD_REQUEST",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "REQUEST_TOO_LARGE",
}

PROBLEM_JSON = "application/problem+json"
TYPE_PREFIX = "urn:ablage:problem:"


def response(context: RequestContext, code: str, message: str, errors: Sequence[FieldError] = ()) -> Response:
    """Return an error in the format of the request's version: a plain one, or that of RFC 9457.

    Args:
        context: The request.
        code: One of `KINDS`.
        message: For the person who reads it.
        errors: The fields concerned.
    """
    kind = KINDS[code]
    body: dict[str, object]
    if context.version == V1:
        body = {"detail": message, "message": message, "code": code, "request_id": context.request_id}
        media_type = JSON
    else:
        body = {
            "type": f"{TYPE_PREFIX}{code.lower().replace('_', '-')}",
            "title": kind.title,
            "status": kind.status,
            "detail": message,
            "instance": context.path,
            "code": code,
            "request_id": context.request_id,
        }
        media_type = PROBLEM_JSON
    if errors or kind.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        body["errors"] = [{"field": error.field, "message": error.message} for error in errors]
    headers = {"Cache-Control": "no-store"}
    if kind.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="ablage"'
    return Response(encoding.dumps(body), kind.status, headers, media_type=media_type)
