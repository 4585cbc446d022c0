"""Documents between API v1 and v2."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ablage_sdk.formats._conversion import Conversion, between, same, value_or
from ablage_sdk.formats._ocr_results import ocr_result_to_v1, ocr_results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_sdk.formats._conversion import Object

__all__ = ["DOCUMENT_FIELDS", "UNKNOWN_ERROR", "V1_DOCUMENT_KEYS", "Field", "documents", "only_v1"]

_FINAL_TEXT_STATUS = "completed"


class Field(NamedTuple):
    """A field of a document.

    Attributes:
        name: What API v2 calls it.
        v1: What API v1 calls it; ``None``: v1 does not know it.
    """

    name: str
    v1: str | None


def _same(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, name) for name in names)


#: The fields of a document in the order in which both versions of the API answer them.
DOCUMENT_FIELDS: tuple[Field, ...] = (
    *_same("id", "filename", "status", "user_id", "size", "mime_type"),
    Field("sha256", None),
    Field("page_count", None),
    *_same("document_type", "language", "ocr_backend"),
    Field("extracted_text", "ocr_text"),
    *_same("confidence_score", "ocr_result", "tags", "metadata"),
    Field("error", "error_message"),
    *_same("created_at", "updated_at", "completed_at"),
)

#: The keys of a document in API v1, in the order in which it answers them. The set is frozen.
V1_DOCUMENT_KEYS: tuple[str, ...] = tuple(field.v1 for field in DOCUMENT_FIELDS if field.v1 is not None)

#: The code of an error that v1 could only describe with a message.
UNKNOWN_ERROR = "UNKNOWN"


def only_v1(document: Mapping[str, object]) -> Object:
    """Cut a document from `documents.down` down to exactly what API v1 answers."""
    cut = {key: document.get(key) for key in V1_DOCUMENT_KEYS}
    result = cut["ocr_result"]
    cut["ocr_result"] = ocr_result_to_v1(result if isinstance(result, dict) else None)
    return cut


def _document_up(v1: Mapping[str, object]) -> Object:
    done = v1.get("status") == _FINAL_TEXT_STATUS
    v2: Object = {}
    for key, value in v1.items():
        if key == "ocr_text":
            v2["extracted_text"] = None if value == "" and not done else value
        elif key == "ocr_result":
            v2[key] = _result_up(value, done=done)
        elif key == "confidence_score":
            v2[key] = None if not done and _is_zero(value) else value
        elif key == "error_message":
            code = v1.get("error_code", UNKNOWN_ERROR)
            v2["error"] = None if value is None else {"code": code, "message": value}
        elif key not in {"extracted_text", "error", "error_code"}:
            v2[key] = value
    return v2


def _document_down(v2: Mapping[str, object]) -> Object:
    v1: Object = {}
    for key, value in v2.items():
        if key == "extracted_text":
            v1["ocr_text"] = value_or(value, "")
        elif key == "ocr_result":
            v1[key] = (
                ocr_results.down(value)
                if isinstance(value, dict)
                else value_or(value, ocr_result_to_v1(None))
            )
        elif key == "confidence_score":
            v1[key] = value_or(value, 0.0)
        elif key == "error":
            error = value if isinstance(value, dict) else {}
            v1["error_message"] = error.get("message")
            if error.get("code", UNKNOWN_ERROR) != UNKNOWN_ERROR:
                v1["error_code"] = error["code"]
        elif key not in {"ocr_text", "error_message", "error_code"}:
            v1[key] = value
    return v1


def _result_up(value: object, *, done: bool) -> object:
    if not isinstance(value, dict) or (not done and same(value, ocr_result_to_v1(None))):
        return value if done or not isinstance(value, dict) else None
    return ocr_results.up(value)


def _is_zero(value: object) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and value == 0


#: Documents. What v1 writes as "nothing yet" (``ocr_text: ""``, a score of 0, the engine ``unknown``) is
#: ``None`` in v2 unless the document is completed. Keys that v1 does not have stay missing on the way up,
#: keys that it does not know are carried along on the way down.
documents: Conversion = between(_document_up, _document_down)
