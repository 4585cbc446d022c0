"""Idempotency keys: the same request twice has one effect and one answer.

The answer is stored in the transaction that has the effect, so a crash leaves both or neither. While a
request runs it holds an advisory lock that dies with its connection; whoever comes meanwhile is told to
come back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.errors import ConflictError, InvalidRequestError
from server_stub.storage.tables import idempotency_keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Actor
    from server_stub.services.context import Services

MAX_KEY = 255
KEPT_FOR = timedelta(hours=24)

k = idempotency_keys.c


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered.

    Attributes:
        status: A status code.
        body: The body.
        headers: Headers that belong to the answer, such as ``Location``.
        document_id: The document that it is about.
        replayed: Whether it was given before.
    """

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    document_id: UUID | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A key and a hash of the request that came with it."""

    key: str
    request_hash: str


async def once(
    services: Services,
    actor: Actor,
    claim: Claim | None,
    work: Callable[[AsyncConnection], Awaitable[Answer]],
) -> Answer:
    """Do the work in a transaction, unless it was done before under the same key.

    Args:
        services: The running server.
        actor: Whose key it is.
        claim: The key; ``None`` to do the work in any case. Releases that keep no keys always do.
        work: What has the effect and makes the answer.

    Raises:
        ConflictError: A request with this key runs at this moment.
        InvalidRequestError: The key was used for another request.
    """
    async with services.db.begin() as conn:
        if claim is None or not services.release.has_idempotency_keys:
            return await work(conn)
        if not await conn.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_lock_id(actor, claim)))):
            raise ConflictError(
                "A request with this Idempotency-Key is still running. Send it again in a moment.",
                code="IDEMPOTENCY_KEY_IN_USE",
                headers={"Retry-After": "1"},
            )
        earlier = await _earlier(conn, actor, claim)
        if earlier is not None:
            return earlier
        answer = await work(conn)
        await conn.execute(
            sa.insert(idempotency_keys),
            {
                "user_id": actor.user_id,
                "key": claim.key,
                "request_hash": claim.request_hash,
                "status_code": answer.status,
                "headers": dict(answer.headers),
                "body": answer.body,
                "document_id": answer.document_id,
            },
        )
        return answer


async def _earlier(conn: AsyncConnection, actor: Actor, claim: Claim) -> Answer | None:
    mine = (k.user_id == actor.user_id, k.key == claim.key)
    await conn.execute(sa.delete(idempotency_keys).where(*mine, k.created_at < sa.func.now() - KEPT_FOR))
    columns = (k.request_hash, k.status_code, k.headers, k.body, k.document_id)
    row = (await conn.execute(sa.select(*columns).where(*mine))).one_or_none()
    if row is None:
        return None
    if row.request_hash != claim.request_hash:
        raise InvalidRequestError(
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
            code="IDEMPOTENCY_KEY_REUSED",
        )
    return Answer(row.status_code, row.body, row.headers or {}, row.document_id, replayed=True)


def _lock_id(actor: Actor, claim: Claim) -> int:
    digest = hashlib.sha256(actor.user_id.bytes + claim.key.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
