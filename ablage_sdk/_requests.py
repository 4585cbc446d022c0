"""Writes an operation as a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ablage_sdk._http_request import HTTPRequest
from ablage_sdk._version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_sdk._operation import Operation
    from ablage_sdk._options import Options, Timeout

__all__ = ["BASE_HEADERS", "build"]

#: Sent with every request.
BASE_HEADERS: Final = {
    "accept": "application/json, application/problem+json",
    "accept-encoding": "gzip, deflate",
    "user-agent": f"ablage-sdk/{__version__}",
}


def build(
    operation: Operation[object],
    *,
    url: str,
    options: Options,
    timeout: Timeout,
    authorization: str | None,
    request_id: str,
    idempotency_key: str,
    trace_headers: Mapping[str, str] | None = None,
) -> HTTPRequest:
    """Return the request for an operation; an upload gets its content when it is sent.

    Args:
        operation: In the words of the version that is spoken.
        url: Where to.
        options: Headers of the client; they win over all others.
        timeout: For this attempt.
        authorization: Credentials, if any are sent.
        request_id: For the logs of both sides.
        idempotency_key: The same for all attempts of a call.
        trace_headers: Continue a trace on the server.
    """
    headers = {**BASE_HEADERS, "x-request-id": request_id}
    if authorization is not None:
        headers["authorization"] = authorization
    content: bytes | None = None
    if operation.json is not None:
        content = json.dumps(operation.json, ensure_ascii=False, allow_nan=False).encode()
        headers["content-type"] = "application/json"
    elif operation.upload is not None:
        headers["content-type"] = operation.upload.content_type
        length = operation.upload.content_length
        if length is not None:
            headers["content-length"] = str(length)
    if operation.method == "POST":
        headers["idempotency-key"] = idempotency_key
    if trace_headers:
        headers.update(trace_headers)
    if operation.headers:
        headers.update(operation.headers)
    if options.headers:
        headers.update({name.lower(): value for name, value in options.headers.items()})
    return HTTPRequest(operation.method, url, headers, timeout, content)
