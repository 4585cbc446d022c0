"""Requests with an ``Idempotency-Key``: answered anew, or as they were the first time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

from starlette.responses import Response

from server_stub.api.responses import JSON
from server_stub.services import encoding
from server_stub.services.idempotency import AnsweredBeforeError, Claim
from server_stub.storage.queries.idempotency import KeptAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from uuid import UUID

    from starlette.requests import Request

T = TypeVar("T")


def answer(
    status: int, value: object, headers: Mapping[str, str] | None = None, document_id: UUID | None = None
) -> KeptAnswer:
    """Return an answer with a value as JSON."""
    return KeptAnswer(status, encoding.dumps(value), headers or {}, document_id)


async def answer_once(
    request: Request,
    key: str | None,
    parts: Sequence[object],
    work: Callable[[Claim[T] | None], Awaitable[T]],
    present: Callable[[T], KeptAnswer],
    *,
    shown: Callable[[bytes], bytes] = bytes,
) -> Response:
    """Have something done once and answer what came of it, now or the first time.

    Args:
        request: The request; its method and path count.
        key: Its idempotency key, if it has one.
        parts: Everything else that makes it this request and no other.
        work: The use case, which is given the claim on the key.
        present: Turns the outcome into the answer.
        shown: Turns the body that is kept into the one that is sent.
    """
    claim = None
    if key is not None:
        text = repr((request.method, request.scope["path"], tuple(parts)))
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        claim = Claim(key, digest, present)
    replayed: dict[str, str] = {}
    try:
        given = present(await work(claim))
    except AnsweredBeforeError as earlier:
        given, replayed = earlier.answer, {"Idempotent-Replayed": "true"}
    return Response(shown(given.body), given.status_code, {**given.headers, **replayed}, media_type=JSON)
