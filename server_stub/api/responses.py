"""Answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from server_stub.services import encoding

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"


def json(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer a value as JSON."""
    return Response(encoding.dumps(value), status, headers, media_type=JSON)


def empty() -> Response:
    """Answer 204."""
    return Response(status_code=204)
