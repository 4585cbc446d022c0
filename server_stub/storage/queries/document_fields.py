"""The one table of what a document consists of: its fields, where they come from, and where they are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from ablage_sdk import formats
from server_stub.storage.tables import document_tags, documents

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a document.

    Attributes:
        name: What it is called, as in API v2.
        columns: What is read for it.
        json: SQL of its value as JSON, of the columns of ``documents``.
        listed: What is read for it in a list.
        listed_json: The same as SQL.
        in_events: Whether events tell it: they are small, and who wants the text fetches it.
    """

    name: str
    columns: tuple[ColumnElement[Any], ...]
    json: str
    listed: tuple[ColumnElement[Any], ...]
    listed_json: str
    in_events: bool


def _field(
    name: str,
    *columns: ColumnElement[Any],
    json: str = "",
    listed: ColumnElement[Any] | None = None,
    listed_json: str = "",
    in_events: bool = True,
) -> Field:
    columns = columns or (d[name],)
    json = json or name
    return Field(
        name, columns, json, columns if listed is None else (listed,), listed_json or json, in_events
    )


def _time(column: str) -> str:
    """Return SQL for a time as `server_stub.services.encoding` writes it. Sessions are in UTC."""
    return f"""replace(to_char({column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')"""


#: Fields that are not simply the column of their name.
_PECULIAR: Mapping[str, Field] = {
    field.name: field
    for field in (
        _field("extracted_text", in_events=False),
        _field(
            "confidence_score",
            json="""CASE WHEN confidence_score IN (0, 1) THEN confidence_score::numeric(2,1)
                WHEN confidence_score BETWEEN 0 AND 1 THEN trim_scale(confidence_score::numeric(5,4)) END""",
        ),
        _field(
            "ocr_result",
            listed=_RESULT_WITHOUT_BLOCKS,
            listed_json=f"""CASE jsonb_typeof(ocr_result) WHEN 'object'
                THEN ocr_result - '{{{",".join(LEFT_OUT_OF_LISTS)}}}'::text[] END""",
            in_events=False,
        ),
        _field(
            "tags",
            _TAGS,
            json="""ARRAY(
                SELECT tag FROM document_tags WHERE document_id = documents.id ORDER BY created_at, id)""",
        ),
        _field("metadata", d.metadata_.label("metadata")),
        _field(
            "error",
            d.error_code,
            d.error_message,
            json=f"""CASE WHEN error_message IS NOT NULL THEN json_build_object(
                'code', coalesce(nullif(error_code, ''), '{formats.UNKNOWN_ERROR}'),
                'message', error_message) END""",
        ),
        _field("created_at", json=_time("created_at")),
        _field("updated_at", json=_time("updated_at")),
        _field("completed_at", json=_time("completed_at")),
    )
}

#: The fields of a document, in the order in which they are answered; API v1 has names of its own for them in
#: `ablage_sdk.formats.DOCUMENT_FIELDS`.
FIELDS = tuple(
    _PECULIAR[known.name] if known.name in _PECULIAR else _field(known.name)
    for known in formats.DOCUMENT_FIELDS
)

#: What is read for a whole document, for one in a list, and for what an event tells.
FULL = tuple(column for field in FIELDS for column in field.columns)
LISTED = tuple(column for field in FIELDS for column in field.listed)
SUMMARY = tuple(column for field in FIELDS for column in field.columns if field.in_events)


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


def json_of(field_sql: Mapping[str, str]) -> str:
    """Return SQL of a document as UTF-8 JSON.

    Args:
        field_sql: The SQL of each field, in order.
    """
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in field_sql.items())
    return f"convert_to(json_build_object({pairs})::text, 'UTF8')"


#: SQL that writes a whole document, and one in a list, as UTF-8 JSON.
FULL_JSON = json_of({field.name: field.json for field in FIELDS})
LISTED_JSON = json_of({field.name: field.listed_json for field in FIELDS})
