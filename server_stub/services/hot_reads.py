"""The reads that are asked for most, on the shortest way: PostgreSQL writes the JSON that is sent.

The statements run on the asyncpg connection underneath SQLAlchemy's pool, and no value of a document is
decoded or encoded here. Only what migrations left incomplete takes the long way, through
`server_stub.services.documents`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from server_stub.observability import tracing
from server_stub.services import encoding, paging
from server_stub.services.documents import Filters, get, list_page, no_document

if TYPE_CHECKING:
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


# What an OCR result of format 2.0 has, and what only older formats have.
_COMPLETE = """
    @.version == "2.0" && @.text != null && @.confidence != null && @.backend != null
    && @.metadata.language != null && @.metadata.pages != null && @.metadata.processing_time != null
    && !exists(@.content) && !exists(@.score) && !exists(@.engine)
    && !exists(@.lang) && !exists(@.page_count) && !exists(@.duration)
"""
_COMPLETE_BLOCKS = """
    && @.blocks.type() == "array" && !exists(@._v1) && !exists(@.segments)
    && !exists(@.blocks[*] ? (!(@.text != null && @.bbox != null && @.confidence != null
                                && @.type != null && @.page != null)))
"""


def _time(column: str) -> str:
    """Return SQL for a time as `server_stub.services.encoding` writes it. Sessions are in UTC."""
    return f"""replace(to_char({column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')"""


def _json(ocr_result: str) -> str:
    """Return SQL for a document as UTF-8 JSON, in the order of `document_rows.FULL`."""
    return f"""convert_to(json_build_object(
        'id', id, 'filename', filename, 'status', status, 'user_id', user_id, 'size', size,
        'mime_type', mime_type, 'sha256', sha256, 'page_count', page_count, 'document_type', document_type,
        'language', language, 'ocr_backend', ocr_backend, 'extracted_text', extracted_text,
        'confidence_score',
            CASE WHEN confidence_score IN (0, 1) THEN confidence_score::numeric(2,1)
                WHEN confidence_score BETWEEN 0 AND 1 THEN trim_scale(confidence_score::numeric(5,4)) END,
        'ocr_result', {ocr_result},
        'tags', ARRAY(
            SELECT tag FROM document_tags WHERE document_id = documents.id ORDER BY created_at, id),
        'metadata', metadata,
        'error', CASE WHEN error_message IS NOT NULL THEN json_build_object(
            'code', coalesce(nullif(error_code, ''), 'UNKNOWN'), 'message', error_message) END,
        'created_at', {_time("created_at")},
        'updated_at', {_time("updated_at")},
        'completed_at', {_time("completed_at")}
    )::text, 'UTF8')"""  # noqa: S608 - of constants


_ONE = f"""
    SELECT {_json("ocr_result")} AS body, updated_at,
        ocr_result IS NULL OR ocr_result @? '$ ? ({_COMPLETE} {_COMPLETE_BLOCKS})' AS complete
    FROM documents WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
"""  # noqa: S608 - constants
_WITHOUT_BLOCKS = """
    CASE jsonb_typeof(ocr_result) WHEN 'object' THEN ocr_result - '{blocks,segments,_v1}'::text[] END
"""
_PAGE = f"""
    SELECT {_json(_WITHOUT_BLOCKS)} AS body, created_at, id,
        ocr_result IS NULL OR ocr_result @? '$ ? ({_COMPLETE})' AS complete
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
    services: Services,
    actor: Actor,
    filters: Filters,
    *,
    limit: int = paging.DEFAULT_LIMIT,
    cursor: str | None = None,
    order: paging.Order = "desc",
) -> bytes:
    """Return a page of documents as API v2 sends it, without blocks; see `documents.list_page`.

    Raises:
        InvalidRequestError: The cursor is none of this list.
    """
    actor.require("documents", "read")
    kind = f"documents.{order}"
    after = paging.decode(cursor, kind)
    where, values = _conditions(actor, filters)
    if after is not None:
        values += [after.key, after.id]
        sign = "<" if order == "desc" else ">"
        where.append(f"(created_at, id) {sign} (${len(values) - 1}, ${len(values)})")
    inner = f"{'WHERE' if where else ''} {' AND '.join(where)} ORDER BY created_at {order}, id {order}"
    rows = await _fetch(services, _PAGE % (f"{inner} LIMIT {limit + 1}", order, order), *values)
    if not all(row["complete"] for row in rows):
        page = await list_page(services, actor, filters, limit=limit, cursor=cursor, order=order)
        return encoding.dumps(page.as_json())
    next_cursor = None
    if len(rows) > limit:
        last = rows[limit - 1]
        next_cursor = paging.Position(last["created_at"], last["id"]).encode(kind)
    end = encoding.dumps({"next_cursor": next_cursor, "has_more": next_cursor is not None})
    return b'{"items":[' + b",".join([row["body"] for row in rows[:limit]]) + b"]," + end[1:]


def _conditions(actor: Actor, filters: Filters) -> tuple[list[str], list[object]]:
    """Return the conditions of a list in SQL, and the values of their parameters."""
    given = {
        "user_id = {}": actor.owner_filter("read"),
        "status = {}": filters.status,
        "language = {}": filters.language,
        "ocr_backend = {}": filters.ocr_backend,
        "document_type = {}": filters.document_type,
        "id IN (SELECT document_id FROM document_tags WHERE tag = {})": filters.tag,
        "created_at > {}": filters.created_after,
        "created_at < {}": filters.created_before,
    }
    used = [(condition, value) for condition, value in given.items() if value is not None]
    where = [condition.format(f"${number}") for number, (condition, _) in enumerate(used, start=1)]
    return where, [value for _, value in used]


async def _fetch(services: Services, sql: str, *values: object) -> list[asyncpg.Record]:
    async with services.db.driver() as driver:
        with tracing.query(sql):
            return await driver.fetch(sql, *values)
