"""What hot reads ask: PostgreSQL writes the JSON that is sent.

The statements run on the asyncpg connection underneath SQLAlchemy's pool, and no value of a document is
decoded or encoded here. Only what migrations left incomplete takes the long way, through
`server_stub.services.documents`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ablage_sdk import formats
from server_stub.api.v2 import paging as v2
from server_stub.observability import tracing
from server_stub.services import encoding, paging
from server_stub.services.documents import get, list_documents, no_document
from server_stub.storage.queries.document_fields import FULL_JSON, LISTED_JSON
from server_stub.storage.queries.document_filters import Filters, sql_conditions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    import asyncpg

    from server_stub.services.access import Actor
    from server_stub.services.context import Services


class Encoded(NamedTuple):
    """A document as it is sent.

    Attributes:
        body: JSON.
        updated_at: When it was last changed.
    """

    body: bytes
    updated_at: datetime


def _path(*, blocks: bool) -> str:
    """Return the JSON path that finds an OCR result which `formats.complete_ocr_result` would not change.

    Args:
        blocks: Whether the blocks are looked at too.
    """
    moved = {old: new for old, new in formats.OCR_KEYS.items() if new != "blocks"}
    foreign = [*moved, *formats.OCR_METADATA_KEYS]
    terms = ['@.version == "2.0"', *_there("@", formats.OCR_DEFAULTS)]
    terms += _there("@.metadata", formats.OCR_METADATA_DEFAULTS)
    if blocks:
        foreign += [*formats.PRIVATE_KEYS, *(formats.OCR_KEYS.keys() - moved.keys())]
        whole = " && ".join(_there("@", formats.BLOCK_DEFAULTS))
        terms += ['@.blocks.type() == "array"', f"!exists(@.blocks[*] ? (!({whole})))"]
    return f"$ ? ({' && '.join([*terms, *(f'!exists(@.{key})' for key in foreign)])})"


def _there(place: str, keys: Iterable[str]) -> list[str]:
    return [f"{place}.{key} != null" for key in keys]


_ONE = f"""
    SELECT {FULL_JSON} AS body, updated_at,
        ocr_result IS NULL OR ocr_result @? '{_path(blocks=True)}' AS complete
    FROM documents WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
"""  # noqa: S608 - constants
_PAGE = f"""
    SELECT {LISTED_JSON} AS body, created_at, id,
        ocr_result IS NULL OR ocr_result @? '{_path(blocks=False)}' AS complete
    FROM (SELECT * FROM documents %s) AS documents
    ORDER BY created_at %s, id %s
"""  # noqa: S608 - constants


async def get_encoded(services: Services, actor: Actor, document_id: UUID) -> Encoded:
    """Return one document as API v2 sends it.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("documents", "read")
    rows = await _fetch(services, _ONE, document_id, actor.owner_filter("read"))
    if not rows:
        raise no_document(document_id)
    [row] = rows
    body = row["body"] if row["complete"] else encoding.dumps(await get(services, actor, document_id))
    return Encoded(body, row["updated_at"])


async def list_encoded(
    services: Services, actor: Actor, filters: Filters, window: paging.AfterCursor
) -> bytes:
    """Return a page of documents as API v2 sends it, without blocks; see `documents.list_documents`.

    Raises:
        InvalidRequestError: The cursor is none of this list.
    """
    actor.require("documents", "read")
    order, limit, kind = window.order, window.limit, f"documents.{window.order}"
    after = paging.decode(window.cursor, kind)
    where, values = sql_conditions(actor.owner_filter("read"), filters)
    if after is not None:
        values += [after.key, after.id]
        sign = "<" if order == "desc" else ">"
        where.append(f"(created_at, id) {sign} (${len(values) - 1}, ${len(values)})")
    inner = f"{'WHERE' if where else ''} {' AND '.join(where)} ORDER BY created_at {order}, id {order}"
    rows = await _fetch(services, _PAGE % (f"{inner} LIMIT {limit + 1}", order, order), *values)
    if not all(row["complete"] for row in rows):
        return encoding.dumps(v2.envelope(await list_documents(services, actor, filters, window)))
    next_cursor = None
    if len(rows) > limit:
        last = rows[limit - 1]
        next_cursor = paging.Position(last["created_at"], last["id"]).encode(kind)
    end = encoding.dumps(v2.end_of(next_cursor))
    return b'{"items":[' + b",".join([row["body"] for row in rows[:limit]]) + b"]," + end[1:]


async def _fetch(services: Services, sql: str, *values: object) -> list[asyncpg.Record]:
    async with services.db.driver() as driver:
        with tracing.query(sql):
            return await driver.fetch(sql, *values)
