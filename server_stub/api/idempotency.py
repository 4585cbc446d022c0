"""Requests with an ``Idempotency-Key``: answered anew, or as they were the first time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request
from starlette.responses import Response

from server_stub.api.responses import JSON
from server_stub.errors import invalid_field
from server_stub.services import encoding
from server_stub.services.idempotency import MAX_KEY, AnsweredBeforeError, Claim
from server_stub.storage.queries.idempotency import KeptAnswer

T = TypeVar("T")
Made = TypeVar("Made", bound=Mapping[str, object])
_PRINTABLE = re.compile(r"[ -~]+")


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that has one effect and one answer, however often it is sent.

    Attributes:
        request: The request.
        key: Its idempotency key; without one it is carried out every time.
    """

    request: Request
    key: str | None

    async def answer(
        self,
        parts: Sequence[object],
        work: Callable[[Claim[T] | None], Awaitable[T]],
        present: Callable[[T], KeptAnswer],
        *,
        shown: Callable[[bytes], bytes] = bytes,
    ) -> Response:
        """Have something done once and answer what came of it, now or the first time.

        Args:
            parts: Everything beside method and path that makes it this request and no other.
            work: The use case, which is given the claim on the key.
            present: Turns the outcome into the answer.
            shown: Turns the body that is kept into the one that is sent.
        """
        claim = None
        if self.key is not None:
            text = repr((self.request.method, self.request.scope["path"], tuple(parts)))
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            claim = Claim(self.key, digest, present)
        replayed: dict[str, str] = {}
        try:
            given = present(await work(claim))
        except AnsweredBeforeError as earlier:
            given, replayed = earlier.answer, {"Idempotent-Replayed": "true"}
        return Response(shown(given.body), given.status_code, {**given.headers, **replayed}, media_type=JSON)

    async def create(
        self,
        parts: Sequence[object],
        work: Callable[[Claim[Made] | None], Awaitable[Made]],
        shape: Callable[[Made], object] = lambda made: made,
        *,
        shown: Callable[[bytes], bytes] = bytes,
    ) -> Response:
        """Have something with an ``id`` made once, and answer 201 with it and its place below this path.

        Args:
            parts: As for `answer`.
            work: As for `answer`.
            shape: Turns what was made into the shape of the answer.
            shown: As for `answer`.
        """
        path = self.request.scope["path"]
        return await self.answer(
            parts,
            work,
            lambda made: answer(201, shape(made), {"Location": f"{path}/{made['id']}"}),
            shown=shown,
        )


def answer(
    status: int, value: object, headers: Mapping[str, str] | None = None, document_id: UUID | None = None
) -> KeptAnswer:
    """Return an answer with a value as JSON."""
    return KeptAnswer(status, encoding.dumps(value), headers or {}, document_id)


def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="The same key and request twice have one effect and one answer, for 24 hours.",
            json_schema_extra={"minLength": 1, "maxLength": MAX_KEY, "pattern": "^[ -~]+$"},
        ),
    ] = None,
) -> str | None:
    """Return the idempotency key of a request.

    Raises:
        InvalidRequestError: It is empty, too long or not printable ASCII.
    """
    if idempotency_key is None:
        return None
    if len(idempotency_key) > MAX_KEY or not _PRINTABLE.fullmatch(idempotency_key):
        raise invalid_field(
            "Idempotency-Key", f"must be 1 to {MAX_KEY} printable ASCII characters, for example a UUID."
        )
    return idempotency_key


IdempotencyKey = Annotated["str | None", Depends(idempotency_key)]


def repeatable(request: Request, key: IdempotencyKey) -> Repeatable:
    """Return the request with its key."""
    return Repeatable(request, key)


Repeat = Annotated[Repeatable, Depends(repeatable)]
