"""Answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from server_stub.services import encoding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server_stub.services.idempotency import Answer

JSON = "application/json"


def json(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer a value as JSON."""
    return Response(encoding.dumps(value), status, headers, media_type=JSON)


def empty() -> Response:
    """Answer 204."""
    return Response(status_code=204)


def replayable(answer: Answer, body: bytes | None = None) -> Response:
    """Answer what a POST was answered, now or the first time.

    Args:
        answer: The answer.
        body: The body to send when it is not the one that was kept.
    """
    sent = body or answer.body
    headers = dict(answer.headers)
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(sent or None, answer.status, headers, media_type=JSON if sent else None)
