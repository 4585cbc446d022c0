"""Documents between API v1 and v2."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ablage_sdk.formats._ocr_results import ocr_result_to_old, ocr_result_to_v1, ocr_result_to_v2
from ablage_sdk.formats._reversible import reversible, same, value_or

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_sdk.formats._reversible import Object

__all__ = ["UNKNOWN_ERROR", "V1_DOCUMENT_KEYS", "document_to_v1", "document_to_v2", "only_v1"]

_FINAL_TEXT_STATUS = "completed"

#: The keys of a document in API v1, in the order in which it answers them. The set is frozen.
V1_DOCUMENT_KEYS = (
    "id", "filename", "status", "user_id", "size", "mime_type", "document_type", "language", "ocr_backend",
    "ocr_text", "confidence_score", "ocr_result", "tags", "metadata", "error_message", "created_at",
    "updated_at", "completed_at",
)  # fmt: skip

#: The code of an error that v1 could only describe with a message.
UNKNOWN_ERROR = "UNKNOWN"


def document_to_v2(document: Mapping[str, object]) -> Object:
    """Convert a v1 document to v2.

    What v1 writes as "nothing yet" (``ocr_text: ""``, a score of 0, the engine ``unknown``) becomes
    ``None`` unless the document is completed. Keys that v1 does not have stay missing.
    """
    return reversible(document, _document_up, _document_down, "_v1", "_v2")


def document_to_v1(document: Mapping[str, object]) -> Object:
    """Convert a v2 document to v1; keys that v1 does not know are carried along."""
    return reversible(document, _document_down, _document_up, "_v2", "_v1")


def only_v1(document: Mapping[str, object]) -> Object:
    """Cut a document from `document_to_v1` down to exactly what API v1 answers."""
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
                ocr_result_to_old(value)
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
    return ocr_result_to_v2(value)


def _is_zero(value: object) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and value == 0
