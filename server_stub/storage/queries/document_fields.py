"""The one table of what a document consists of: its fields, where they come from, and where they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from ablage_sdk import formats
from server_stub.storage.tables import document_tags, documents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.sql.elements import ColumnElement

#: A document as API v2 answers it. Values are Python's: ``UUID``, ``datetime``, ``Decimal``.
Document: TypeAlias = "dict[str, object]"

d = documents.c

#: What most of the bytes of an OCR result are, and what only a conversion needs: lists leave it out.
LEFT_OUT_OF_LISTS = (
    "blocks",
    *(old for old, new in formats.OCR_KEYS.items() if new == "blocks"),
    *formats.PRIVATE_KEYS,
)

_TAGS: ColumnElement[Any] = sa.func.array(
    sa.select(document_tags.c.tag)
    .where(document_tags.c.document_id == d.id)
    .order_by(document_tags.c.created_at, document_tags.c.id)
    .correlate(documents)
    .scalar_subquery(),
    type_=pg.ARRAY(sa.String),
).label("tags")
_RESULT_WITHOUT_BLOCKS: ColumnElement[Any] = (
    sa.case(
        (
            sa.func.jsonb_typeof(d.ocr_result) == "object",
            d.ocr_result.op("-")(sa.cast(list(LEFT_OUT_OF_LISTS), pg.ARRAY(sa.Text))),
        )
    )
    .cast(pg.JSONB)
    .label("ocr_result")
)


class Field(NamedTuple):
    """A field of a document.

    Attributes:
        name: What it is called, as in API v2.
        columns: What is read for it.
        json: SQL of its value as JSON, of the columns of ``documents``.
        listed: What is read for it in a list, where that is something else.
        listed_json: The same as SQL.
        in_events: Whether events tell it: they are small, and who wants the text fetches it.
    """

    name: str
    columns: Sequence[ColumnElement[Any]]
    json: str
    listed: Sequence[ColumnElement[Any]] | None = None
    listed_json: str | None = None
    in_events: bool = True


def _time(column: str) -> str:
    """Return SQL for a time as `server_stub.services.encoding` writes it. Sessions are in UTC."""
    return f"""replace(to_char({column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')"""


#: Fields that are not simply the column of their name.
_PECULIAR = (
    Field("extracted_text", [d.extracted_text], "extracted_text", in_events=False),
    Field(
        "confidence_score",
        [d.confidence_score],
        """CASE WHEN confidence_score IN (0, 1) THEN confidence_score::numeric(2,1)
            WHEN confidence_score BETWEEN 0 AND 1 THEN trim_scale(confidence_score::numeric(5,4)) END""",
    ),
    Field(
        "ocr_result",
        [d.ocr_result],
        "ocr_result",
        [_RESULT_WITHOUT_BLOCKS],
        f"""CASE jsonb_typeof(ocr_result) WHEN 'object'
            THEN ocr_result - '{{{",".join(LEFT_OUT_OF_LISTS)}}}'::text[] END""",
        in_events=False,
    ),
    Field(
        "tags",
        [_TAGS],
        "ARRAY(SELECT tag FROM document_tags WHERE document_id = documents.id ORDER BY created_at, id)",
    ),
    Field("metadata", [d.metadata_.label("metadata")], "metadata"),
    Field(
        "error",
        [d.error_code, d.error_message],
        f"""CASE WHEN error_message IS NOT NULL THEN json_build_object(
            'code', coalesce(nullif(error_code, ''), '{formats.UNKNOWN_ERROR}'),
            'message', error_message) END""",
    ),
    *(Field(name, [d[name]], _time(name)) for name in ("created_at", "updated_at", "completed_at")),
)
_BY_NAME = {field.name: field for field in _PECULIAR}

#: The fields of a document, in the order in which they are answered; API v1 has names of its own for them in
#: `ablage_sdk.formats.DOCUMENT_FIELDS`.
FIELDS = tuple(
    _BY_NAME.get(known.name) or Field(known.name, [d[known.name]], known.name)
    for known in formats.DOCUMENT_FIELDS
)

#: What is read for a whole document, for one in a list, and for what an event tells.
FULL = tuple(column for field in FIELDS for column in field.columns)
LISTED = tuple(column for field in FIELDS for column in field.listed or field.columns)
SUMMARY = tuple(column for field in FIELDS for column in field.columns if field.in_events)


def _object(values: Mapping[str, str]) -> str:
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in values.items())
    return f"convert_to(json_build_object({pairs})::text, 'UTF8')"


#: SQL that writes a whole document, and one in a list, as UTF-8 JSON.
FULL_JSON = _object({field.name: field.json for field in FIELDS})
LISTED_JSON = _object({field.name: field.listed_json or field.json for field in FIELDS})


def as_document(row: RowMapping, *, blocks: bool = True) -> Document:
    """Turn a row into a document.

    Args:
        row: A row with the columns `FULL`, `LISTED` or `SUMMARY`; other columns come last.
        blocks: Whether ``ocr_result.blocks`` belongs into the answer.
    """
    values = dict(row)
    code, message = values.pop("error_code"), values.pop("error_message")
    values["error"] = None if message is None else {"code": code or formats.UNKNOWN_ERROR, "message": message}
    if "ocr_result" in values:
        values["ocr_result"] = _ocr_result(values["ocr_result"], blocks=blocks)
    return {field.name: values.pop(field.name) for field in FIELDS if field.name in values} | values


def _ocr_result(stored: object, *, blocks: bool) -> Mapping[str, object] | None:
    if not isinstance(stored, dict):
        return None
    result = formats.complete_ocr_result(stored)
    if not blocks:
        del result["blocks"]
    return result
