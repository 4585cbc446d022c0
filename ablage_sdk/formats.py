"""Conversion between the document formats of API v1 and v2.

Every function here is pure and total: it takes any mapping, changes nothing in it and raises nothing for
odd contents. It is also lossless. A conversion renames what both sides know and carries the rest along
under its own name. Where that alone could not be undone (say, an old result that already has a ``text``
beside its ``content``), the original travels in a reserved key, ``_v1`` or ``_v2``, and the way back
returns it unless the converted value was edited in between.

An OCR result exists in three formats:

========  =====================================================================================
old       ``content score engine lang page_count duration segments[{text bbox conf type}]``
``1.0``   ``version text confidence backend metadata{language pages processing_time} blocks``
``2.0``   the same keys as ``1.0``; blocks may name their ``page``
========  =====================================================================================

The database migrations do the same conversion in SQL; a test compares both on random documents.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "complete_ocr_result",
    "document_to_v1",
    "document_to_v2",
    "is_old_ocr_result",
    "ocr_result_to_old",
    "ocr_result_to_v1",
    "ocr_result_to_v2",
    "user_to_v1",
    "user_to_v2",
    "webhook_to_v1",
    "webhook_to_v2",
]

Object: TypeAlias = "dict[str, object]"

#: Top-level keys of an OCR result, old name → new name.
OCR_KEYS = {"content": "text", "score": "confidence", "engine": "backend", "segments": "blocks"}
#: Keys of an OCR result that moved into ``metadata``, old name → new name.
OCR_METADATA_KEYS = {"lang": "language", "page_count": "pages", "duration": "processing_time"}
#: Keys of a segment, old name → new name of a block.
SEGMENT_KEYS = {"conf": "confidence"}

_NEW_VERSIONS = ("1.0", "2.0")
_OLD_NAMES = frozenset(OCR_KEYS) | frozenset(OCR_METADATA_KEYS)
_RESERVED = frozenset({"_v1", "_v2"})
_FINAL_TEXT_STATUS = "completed"


# --- OCR results ------------------------------------------------------------------------------------


def is_old_ocr_result(result: Mapping[str, object]) -> bool:
    """Tell whether an OCR result is in the old format, by its shape.

    It is new when its ``version`` is ``"1.0"`` or ``"2.0"`` and no key of the old format is present.
    """
    return result.get("version") not in _NEW_VERSIONS or not _OLD_NAMES.isdisjoint(result)


def _is_new(result: Mapping[str, object]) -> bool:
    return not is_old_ocr_result(result)


def ocr_result_to_v2(result: Mapping[str, object], *, version: str = "2.0") -> Object:
    """Convert an OCR result of any format to the new one.

    Args:
        result: An OCR result in the old, the ``1.0`` or the ``2.0`` format.
        version: What ``version`` says afterwards: ``"2.0"``, or ``"1.0"`` for release 1.0.

    Returns:
        A new mapping. Keys that are missing in ``result`` stay missing: see `complete_ocr_result`.
    """
    if is_old_ocr_result(result):
        return _reversible(
            result,
            lambda old: _rename_old(old, version),
            _rename_new,
            "_v1",
            "_v2",
            # Under another version the original would not be what it was on the next way back.
            lambda original: _is_new(original) and original["version"] == version,
        )
    return {**result, "version": version}


def ocr_result_to_old(result: Mapping[str, object]) -> Object:
    """Convert an OCR result of any format to the old one (``content``, ``score``, ``engine``, …)."""
    if is_old_ocr_result(result):
        return dict(result)
    version = result["version"]
    return _reversible(
        result, _rename_new, lambda old: _rename_old(old, version), "_v2", "_v1", is_old_ocr_result
    )


def ocr_result_to_v1(result: Mapping[str, object] | None) -> Object:
    """Return what API v1 answers as ``ocr_result``: exactly its seven keys, defaults filled in."""
    # The answer is cut to these keys anyway: whether the plain renaming can be undone does not matter.
    old = {} if result is None else result if is_old_ocr_result(result) else _rename_new(result)
    segments = old.get("segments")
    return {
        "content": _or(old.get("content"), ""),
        "score": _or(old.get("score"), 0.0),
        "engine": _or(old.get("engine"), "unknown"),
        "lang": _or(old.get("lang"), "de"),
        "page_count": _or(old.get("page_count"), 1),
        "duration": _or(old.get("duration"), 0.0),
        "segments": [
            {
                "text": _or(segment.get("text"), ""),
                "bbox": _or(segment.get("bbox"), [0, 0, 0, 0]),
                "conf": _or(segment.get("conf"), 0.0),
                "type": _or(segment.get("type"), "text"),
            }
            for segment in (segments if isinstance(segments, list) else [])
            if isinstance(segment, dict)
        ],
    }


def complete_ocr_result(result: Mapping[str, object]) -> Object:
    """Return an OCR result as API v2 answers it: every key of the format present and of its type.

    Args:
        result: An OCR result in any format.

    Returns:
        ``version``, ``text``, ``confidence``, ``backend``, ``metadata`` and ``blocks`` with the defaults
        ``"2.0"``, ``""``, ``0``, ``"unknown"``, ``{"language": "de", "pages": 1, "processing_time": 0.0}``
        and ``[]``; unknown keys are kept, except the reserved one that only serves the way back.
    """
    new = ocr_result_to_v2(result)
    new.pop("_v1", None)
    metadata, blocks = new.get("metadata"), new.get("blocks")
    kept = metadata if isinstance(metadata, dict) else {}
    new["text"] = _or(new.get("text"), "")
    new["confidence"] = _or(new.get("confidence"), 0)
    new["backend"] = _or(new.get("backend"), "unknown")
    new["metadata"] = {
        **kept,
        "language": _or(kept.get("language"), "de"),
        "pages": _or(kept.get("pages"), 1),
        "processing_time": _or(kept.get("processing_time"), 0.0),
    }
    new["blocks"] = [
        {
            **block,
            "text": _or(block.get("text"), ""),
            "bbox": _or(block.get("bbox"), [0, 0, 0, 0]),
            "confidence": _or(block.get("confidence"), 0),
            "type": _or(block.get("type"), "text"),
            "page": _or(block.get("page"), 1),
        }
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict)
    ]
    return new


def _rename_old(old: Mapping[str, object], version: object) -> Object:
    """Old names → new names, nothing else."""
    new: Object = {"version": version}
    moved: Object = {}
    for key, value in old.items():
        if key in OCR_METADATA_KEYS:
            moved[OCR_METADATA_KEYS[key]] = value
        elif key == "segments":
            new["blocks"] = _rename_items(value, SEGMENT_KEYS)
        elif key in OCR_KEYS:
            new[OCR_KEYS[key]] = value
        elif key not in {"version", *OCR_KEYS.values()}:
            new[key] = value
    if moved:
        kept = new.get("metadata", {})
        new["metadata"] = {**kept, **moved} if isinstance(kept, dict) else moved
    return new


def _rename_new(new: Mapping[str, object]) -> Object:
    """New names → old names, nothing else."""
    names = {new_name: old_name for old_name, new_name in OCR_KEYS.items()}
    moved_names = {new_name: old_name for old_name, new_name in OCR_METADATA_KEYS.items()}
    old: Object = {}
    for key, value in new.items():
        if key == "metadata" and isinstance(value, dict):
            old |= {moved_names[k]: v for k, v in value.items() if k in moved_names}
            rest = {k: v for k, v in value.items() if k not in moved_names}
            if rest:
                old["metadata"] = rest
        elif key == "blocks":
            old["segments"] = _rename_items(value, {v: k for k, v in SEGMENT_KEYS.items()})
        elif key in names:
            old[names[key]] = value
        elif key != "version" and key not in _OLD_NAMES:
            old[key] = value
    return old


def _rename_items(value: object, names: Mapping[str, str]) -> object:
    if not isinstance(value, list):
        return value
    return [
        {names.get(k, k): v for k, v in item.items()} if isinstance(item, dict) else item for item in value
    ]


def _reversible(
    source: Mapping[str, object],
    there: Callable[[Mapping[str, object]], Object],
    back: Callable[[Mapping[str, object]], Object],
    carry: str,
    carried: str,
    accept: Callable[[Mapping[str, object]], bool] = lambda _: True,
) -> Object:
    """Convert, and make sure that the way back returns ``source``.

    Args:
        source: What to convert.
        there: The plain conversion.
        back: The plain conversion the other way.
        carry: Reserved key for an original that the plain way back would not return.
        carried: Reserved key in which ``source`` may hold the original of an earlier conversion.
        accept: Tells whether such an original is in the wanted format at all.
    """
    original = source.get(carried)
    if (
        isinstance(original, dict)
        and accept(original)
        and same(_carrying(original, back, there, carried), source)
    ):
        return dict(original)
    return _carrying(source, there, back, carry)


def _carrying(
    source: Mapping[str, object],
    there: Callable[[Mapping[str, object]], Object],
    back: Callable[[Mapping[str, object]], Object],
    carry: str,
) -> Object:
    result = there(source)
    if not _RESERVED.isdisjoint(source) or not same(back(result), source):
        result[carry] = dict(source)
    return result


def same(left: object, right: object) -> bool:
    """Compare two JSON values as JSON: ``1`` and ``True`` differ, ``1`` and ``1.0`` do too."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(v, right[k]) for k, v in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


def _or(value: object, default: object) -> object:
    return default if value is None else value


# --- documents --------------------------------------------------------------------------------------

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
    return _reversible(document, _document_up, _document_down, "_v1", "_v2")


def document_to_v1(document: Mapping[str, object]) -> Object:
    """Convert a v2 document to v1; keys that v1 does not know are carried along."""
    return _reversible(document, _document_down, _document_up, "_v2", "_v1")


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
            v1["ocr_text"] = _or(value, "")
        elif key == "ocr_result":
            v1[key] = (
                ocr_result_to_old(value) if isinstance(value, dict) else _or(value, ocr_result_to_v1(None))
            )
        elif key == "confidence_score":
            v1[key] = _or(value, 0.0)
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


# --- users and webhooks -----------------------------------------------------------------------------

_ROLE_RANK = ("admin", "user", "viewer")


def user_to_v2(user: Mapping[str, object]) -> Object:
    """Convert a v1 user (``role: "admin"``) to v2 (``roles: ["admin"]``)."""
    return _reversible(user, _user_up, _user_down, "_v1", "_v2")


def user_to_v1(user: Mapping[str, object]) -> Object:
    """Convert a v2 user to v1: of several roles the most powerful one is named."""
    return _reversible(user, _user_down, _user_up, "_v2", "_v1")


def _user_up(v1: Mapping[str, object]) -> Object:
    v2 = {key: value for key, value in v1.items() if key not in {"role", "roles"}}
    if "role" in v1:
        v2["roles"] = [] if v1["role"] is None else [v1["role"]]
    return v2


def _user_down(v2: Mapping[str, object]) -> Object:
    v1 = {key: value for key, value in v2.items() if key not in {"role", "roles"}}
    roles = v2.get("roles")
    if isinstance(roles, list):
        ranked = [role for role in _ROLE_RANK if role in roles] + roles
        v1["role"] = ranked[0] if ranked else None
    return v1


#: Webhook keys that v1 answers under an old name too, old name → new name.
WEBHOOK_KEYS = {"events": "event_types", "active": "is_active"}


def webhook_to_v2(webhook: Mapping[str, object]) -> Object:
    """Convert a v1 webhook, whichever of the two names of a field it uses, to v2."""
    return _reversible(webhook, _webhook_up, _webhook_down, "_v1", "_v2")


def webhook_to_v1(webhook: Mapping[str, object]) -> Object:
    """Convert a v2 webhook to v1, which answers both the old and the new names."""
    return _reversible(webhook, _webhook_down, _webhook_up, "_v2", "_v1")


def _webhook_up(v1: Mapping[str, object]) -> Object:
    v2 = {key: value for key, value in v1.items() if key not in WEBHOOK_KEYS}
    for old, new in WEBHOOK_KEYS.items():
        if old in v1 and new not in v2:
            v2[new] = v1[old]
    return v2


def _webhook_down(v2: Mapping[str, object]) -> Object:
    return {**v2, **{old: v2[new] for old, new in WEBHOOK_KEYS.items() if new in v2}}
