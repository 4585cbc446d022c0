"""Rows of the table ``documents`` as v2 documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from ablage_sdk.formats import complete_ocr_result
from server_stub.storage.tables import document_tags, documents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.sql.elements import ColumnElement

#: A document as API v2 answers it. Values are Python's: ``UUID``, ``datetime``, ``Decimal``.
Document: TypeAlias = "dict[str, object]"

d = documents.c

TAGS: ColumnElement[Any] = sa.func.array(
    sa.select(document_tags.c.tag)
    .where(document_tags.c.document_id == d.id)
    .order_by(document_tags.c.created_at, document_tags.c.id)
    .correlate(documents)
    .scalar_subquery(),
    type_=pg.ARRAY(sa.String),
).label("tags")

_PLAIN = (
    d.id, d.filename, d.status, d.user_id, d.size, d.mime_type, d.sha256, d.page_count, d.document_type,
    d.language, d.ocr_backend,
)  # fmt: skip
_LATE = (d.error_code, d.error_message, d.created_at, d.updated_at, d.completed_at)
_METADATA = d.metadata_.label("metadata")

#: Everything of a document, in the order in which it is answered.
FULL: tuple[ColumnElement[Any], ...] = (
    *_PLAIN, d.extracted_text, d.confidence_score, d.ocr_result, TAGS, _METADATA, *_LATE,
)  # fmt: skip

#: The same without the blocks, which are most of the bytes: what lists answer.
WITHOUT_BLOCKS: tuple[ColumnElement[Any], ...] = (
    *_PLAIN, d.extracted_text, d.confidence_score,
    sa.case(
        (sa.func.jsonb_typeof(d.ocr_result) == "object",
         d.ocr_result.op("-")(sa.cast(["blocks", "segments", "_v1"], pg.ARRAY(sa.Text)))),
    ).cast(pg.JSONB).label("ocr_result"),
    TAGS, _METADATA, *_LATE,
)  # fmt: skip

#: What an event tells about a document: neither its text nor its OCR result.
SUMMARY: tuple[ColumnElement[Any], ...] = (*_PLAIN, d.confidence_score, TAGS, _METADATA, *_LATE)


def as_document(row: RowMapping, *, blocks: bool = True) -> Document:
    """Turn a row into a v2 document.

    Args:
        row: A row with the columns `FULL`, `WITHOUT_BLOCKS` or `SUMMARY`.
        blocks: Whether ``ocr_result.blocks`` belongs into the answer.
    """
    document = dict(row)
    code, message = document.pop("error_code"), document.pop("error_message")
    error = None if message is None else {"code": code or "UNKNOWN", "message": message}
    answer: Document = {}
    for key, value in document.items():
        if key == "created_at":
            answer["error"] = error
        answer[key] = value
    if "ocr_result" in answer:
        answer["ocr_result"] = _ocr_result(answer["ocr_result"], blocks=blocks)
    return answer


def _ocr_result(stored: object, *, blocks: bool) -> Mapping[str, object] | None:
    if not isinstance(stored, dict):
        return None
    result = complete_ocr_result(stored)
    if not blocks:
        del result["blocks"]
    return result


def touched() -> ColumnElement[datetime]:
    """Return the new ``updated_at`` of a row: now, and later than before even when clocks go back."""
    return sa.func.greatest(sa.func.clock_timestamp(), d.updated_at + sa.text("interval '1 microsecond'"))
