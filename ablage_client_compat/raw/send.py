"""Sends ``client.request`` on its way and makes a `requests`-like response of what comes back."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import ablage_sdk
from ablage_client_compat._sync import pages
from ablage_client_compat.connection import last_headers
from ablage_client_compat.errors import AblageAPIError, AblageError, old_error
from ablage_client_compat.paging.cursors import AsItIs
from ablage_client_compat.raw.response import Response
from ablage_client_compat.raw.routes import Request, find_route, path_below_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from ablage_client_compat.connection import Seconds, SyncConnection
    from ablage_client_compat.paging.cursors import Parameter

__all__ = ["send"]

#: Of the answer of v2 that a route was served with; they do not describe the response made of it.
_ABOUT_THE_BODY = frozenset(
    {"content-length", "content-encoding", "content-type", "transfer-encoding", "etag", "x-api-version"}
)


def send(  # the client documents the arguments
    connection: SyncConnection,
    method: str,
    path: str,
    *,
    params: Mapping[str, object] | None = None,
    json: object = None,
    data: Mapping[str, object] | None = None,
    files: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: Seconds = None,
) -> Response:
    """Send one request; see ``AblageClient.request``.

    Raises:
        AblageAPIError: No answer arrived.
    """
    connection = connection.varied(headers, timeout)
    url = urlsplit(path)
    query = {**dict(parse_qsl(url.query)), **(params or {})}
    below = path_below_version(url.path)
    found = None if below is None else find_route(method.upper(), below)
    try:
        if found is None:
            return _as_it_is(connection, method.upper(), url.path, query, json)
        route, ids = found
        body = {**(data or {}), **cast("Mapping[str, object]", json or {})}
        request = Request(connection, tuple(map(unquote, ids)), query, body, _file(files))
        result = route.answer(request)
    except ablage_sdk.AblageError as error:
        return _error(old_error(error), error)
    except AblageAPIError as error:
        return _error(error, None)
    return _answer(route.status, last_headers(), result)


def _answer(status: int, headers: Mapping[str, str], result: object) -> Response:
    kept = {name: value for name, value in headers.items() if name not in _ABOUT_THE_BODY}
    if isinstance(result, bytes):
        return Response(status, kept | {"content-type": headers.get("content-type", "")}, result)
    if result is None:
        return Response(status, kept, b"")
    return _json(status, kept, result)


def _json(status: int, headers: Mapping[str, str], body: object) -> Response:
    content = jsonlib.dumps(body, ensure_ascii=False).encode()
    return Response(
        status,
        {
            **headers,
            "content-type": "application/json",
            "x-api-version": "1.0",
            "content-length": str(len(content)),
        },
        content,
    )


def _error(error: AblageError | TimeoutError, new: ablage_sdk.AblageError | None) -> Response:
    """Return an error as v1 answered it; one without an answer is raised."""
    if not isinstance(error, AblageAPIError) or error.status_code is None:
        raise error from None
    body: dict[str, object] = {
        "detail": error.message,
        "message": error.message,
        "code": error.error_code,
        "request_id": error.request_id,
    }
    if isinstance(new, ablage_sdk.APIStatusError) and new.errors:
        body["errors"] = new.errors
    headers = new.response.headers if new and new.response else {}
    kept = {name: value for name, value in headers.items() if name not in _ABOUT_THE_BODY}
    return _json(error.status_code, kept, body)


def _as_it_is(
    connection: SyncConnection, method: str, path: str, query: Mapping[str, object], body: object
) -> Response:
    """Send what v1 did not have, or what names v2."""
    answer = pages.ask(
        connection,
        AsItIs(
            method,
            "/" + path.lstrip("/"),
            cast("Mapping[str, Parameter]", query),
            cast("JsonValue", body),
        ),
    )
    return Response(answer.info.status_code, answer.info.headers, answer.content)


def _file(files: Mapping[str, object] | None) -> tuple[Any, str | None] | None:
    """Return the file and its name from any of the forms that `requests` takes."""
    if not files:
        return None
    value = next(iter(files.values()))
    if not isinstance(value, tuple):
        name = getattr(value, "name", None)
        return value, Path(name).name if isinstance(name, str) else None
    name, content, *_ = value
    return (content.encode() if isinstance(content, str) else content), name
