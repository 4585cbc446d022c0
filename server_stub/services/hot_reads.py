"""The read that is asked for most, on the shortest way: one document, its JSON passed through undecoded.

The statement runs on the asyncpg connection underneath SQLAlchemy's pool, and what PostgreSQL stores as JSON
goes into the answer as it is. Only results that migrations left incomplete take the long way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import orjson

from server_stub.services import encoding
from server_stub.services.document_rows import etag
from server_stub.services.documents import get, no_document

if TYPE_CHECKING:
    from uuid import UUID

    import asyncpg

    from server_stub.services.access import Actor
    from server_stub.services.context import Services


class Encoded(NamedTuple):
    """A document as it is sent.

    Attributes:
        body: JSON.
        etag: Its entity tag.
    """

    body: bytes
    etag: str


_COMPLETE = """
    $ ? (@.version == "2.0" && @.text != null && @.confidence != null && @.backend != null
      && @.metadata.language != null && @.metadata.pages != null && @.metadata.processing_time != null
      && @.blocks.type() == "array"
      && !exists(@._v1) && !exists(@.content) && !exists(@.score) && !exists(@.engine) && !exists(@.segments)
      && !exists(@.lang) && !exists(@.page_count) && !exists(@.duration)
      && !exists(@.blocks[*] ? (!(@.text != null && @.bbox != null && @.confidence != null
                                  && @.type != null && @.page != null))))
"""
_SQL = f"""
    SELECT id, filename, status, user_id, size, mime_type, sha256, page_count, document_type, language,
        ocr_backend, extracted_text,
        CASE WHEN confidence_score BETWEEN 0 AND 1 THEN confidence_score::numeric(5,4)::float8 END
            AS confidence_score,
        ocr_result::text AS ocr_result, ocr_result IS NULL OR ocr_result @? '{_COMPLETE}' AS complete,
        ARRAY(SELECT tag FROM document_tags WHERE document_id = documents.id ORDER BY created_at, id) AS tags,
        metadata::text AS metadata, error_code, error_message, created_at, updated_at, completed_at
    FROM documents WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
"""  # noqa: S608 - constants


async def get_encoded(services: Services, actor: Actor, document_id: UUID) -> Encoded:
    """Return one document as API v2 sends it.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("documents", "read")
    async with services.db.engine.connect() as conn:
        raw = (await conn.get_raw_connection()).driver_connection
        driver = cast("asyncpg.Connection[asyncpg.Record]", raw)
        row = await driver.fetchrow(_SQL, document_id, actor.owner_filter("read"))
    if row is None:
        raise no_document(document_id)
    tag = etag(row["id"], row["updated_at"])
    if not row["complete"]:
        return Encoded(encoding.dumps(await get(services, actor, document_id)), tag)
    message = row["error_message"]
    return Encoded(
        encoding.dumps(
            {
                "id": str(row["id"]),
                "filename": row["filename"],
                "status": row["status"],
                "user_id": str(row["user_id"]),
                "size": row["size"],
                "mime_type": row["mime_type"],
                "sha256": row["sha256"],
                "page_count": row["page_count"],
                "document_type": row["document_type"],
                "language": row["language"],
                "ocr_backend": row["ocr_backend"],
                "extracted_text": row["extracted_text"],
                "confidence_score": row["confidence_score"],
                "ocr_result": _fragment(row["ocr_result"]),
                "tags": row["tags"],
                "metadata": _fragment(row["metadata"]),
                "error": None
                if message is None
                else {"code": row["error_code"] or "UNKNOWN", "message": message},
                "created_at": row["created_at"],
                "updated_at": row["updated_at"],
                "completed_at": row["completed_at"],
            }
        ),
        tag,
    )


def _fragment(stored: str | None) -> orjson.Fragment | None:
    return None if stored is None else orjson.Fragment(stored)
