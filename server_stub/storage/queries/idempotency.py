"""Answers that are kept under idempotency keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.storage.tables import idempotency_keys

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

KEPT_FOR = timedelta(hours=24)

k = idempotency_keys.c


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What somebody was answered, to be given again; what its parts mean is the business of who answers.

    Attributes:
        status_code: The kind of answer.
        body: Its contents.
        headers: What else belongs to it.
        document_id: The document that it is about.
    """

    status_code: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    document_id: UUID | None = None


async def lock(conn: AsyncConnection, user_id: UUID, key: str) -> bool:
    """Lock a key until the end of the transaction; tell whether nobody else had it."""
    digest = hashlib.sha256(user_id.bytes + key.encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    return bool(await conn.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(number))))


async def find(conn: AsyncConnection, user_id: UUID, key: str) -> tuple[str, KeptAnswer] | None:
    """Return the hash of the request that came with a key and its answer, unless they are too old."""
    mine = (k.user_id == user_id, k.key == key)
    await conn.execute(sa.delete(idempotency_keys).where(*mine, k.created_at < sa.func.now() - KEPT_FOR))
    columns = (k.request_hash, k.status_code, k.body, k.headers, k.document_id)
    row = (await conn.execute(sa.select(*columns).where(*mine))).one_or_none()
    if row is None:
        return None
    return row.request_hash, KeptAnswer(row.status_code, row.body, row.headers or {}, row.document_id)


async def keep(conn: AsyncConnection, user_id: UUID, key: str, request_hash: str, answer: KeptAnswer) -> None:
    """Keep an answer under a key."""
    await conn.execute(
        sa.insert(idempotency_keys),
        {
            "user_id": user_id,
            "key": key,
            "request_hash": request_hash,
            "status_code": answer.status_code,
            "headers": dict(answer.headers),
            "body": answer.body,
            "document_id": answer.document_id,
        },
    )


async def delete_old(conn: AsyncConnection) -> None:
    """Delete the answers that were kept for long enough."""
    await conn.execute(sa.delete(idempotency_keys).where(k.created_at < sa.func.now() - KEPT_FOR))
