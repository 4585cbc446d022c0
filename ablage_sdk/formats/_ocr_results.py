"""OCR results between the old format, ``1.0`` and ``2.0``."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING

from ablage_sdk.formats._conversion import PRIVATE_KEYS, Conversion, reversible, value_or

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_sdk.formats._conversion import Object

__all__ = [
    "BLOCK_DEFAULTS",
    "OCR_DEFAULTS",
    "OCR_KEYS",
    "OCR_METADATA_DEFAULTS",
    "OCR_METADATA_KEYS",
    "SEGMENT_KEYS",
    "complete_ocr_result",
    "is_old_ocr_result",
    "ocr_result_to_v1",
    "ocr_results",
    "ocr_results_1_0",
]

#: Top-level keys of an OCR result, old name → new name.
OCR_KEYS = {"content": "text", "score": "confidence", "engine": "backend", "segments": "blocks"}
#: Keys of an OCR result that moved into ``metadata``, old name → new name.
OCR_METADATA_KEYS = {"lang": "language", "page_count": "pages", "duration": "processing_time"}
#: Keys of a segment, old name → new name of a block.
SEGMENT_KEYS = {"conf": "confidence"}

#: What API v2 answers where an OCR result, its ``metadata`` or one of its ``blocks`` says nothing.
OCR_DEFAULTS: Mapping[str, object] = {"text": "", "confidence": 0, "backend": "unknown"}
OCR_METADATA_DEFAULTS: Mapping[str, object] = {"language": "de", "pages": 1, "processing_time": 0.0}
BLOCK_DEFAULTS: Mapping[str, object] = {
    "text": "",
    "bbox": [0, 0, 0, 0],
    "confidence": 0,
    "type": "text",
    "page": 1,
}

_NEW_VERSIONS = ("1.0", "2.0")
_OLD_NAMES = frozenset(OCR_KEYS) | frozenset(OCR_METADATA_KEYS)


def is_old_ocr_result(result: Mapping[str, object]) -> bool:
    """Tell whether an OCR result is in the old format, by its shape.

    It is new when its ``version`` is ``"1.0"`` or ``"2.0"`` and no key of the old format is present.
    """
    return result.get("version") not in _NEW_VERSIONS or not _OLD_NAMES.isdisjoint(result)


def _is_new(result: Mapping[str, object]) -> bool:
    return not is_old_ocr_result(result)


def _up(result: Mapping[str, object], version: str) -> Object:
    if is_old_ocr_result(result):
        return reversible(
            result,
            lambda old: _rename_old(old, version),
            _rename_new,
            *PRIVATE_KEYS,
            # Under another version the original would not be what it was on the next way back.
            lambda original: _is_new(original) and original["version"] == version,
        )
    return {**result, "version": version}


def _down(result: Mapping[str, object]) -> Object:
    if is_old_ocr_result(result):
        return dict(result)
    version = result["version"]
    old, new = PRIVATE_KEYS
    return reversible(
        result, _rename_new, lambda back: _rename_old(back, version), new, old, is_old_ocr_result
    )


#: OCR results of any format to ``2.0``, and to the old one. Missing keys stay missing: see
#: `complete_ocr_result`.
ocr_results: Conversion = Conversion(partial(_up, version="2.0"), _down)
#: The same with format ``1.0``, in which release 1.0 stores results.
ocr_results_1_0: Conversion = Conversion(partial(_up, version="1.0"), _down)


def ocr_result_to_v1(result: Mapping[str, object] | None) -> Object:
    """Return what API v1 answers as ``ocr_result``: exactly its seven keys, defaults filled in."""
    # The answer is cut to these keys anyway: whether the plain renaming can be undone does not matter.
    old = {} if result is None else result if is_old_ocr_result(result) else _rename_new(result)
    segments = old.get("segments")
    return {
        "content": value_or(old.get("content"), ""),
        "score": value_or(old.get("score"), 0.0),
        "engine": value_or(old.get("engine"), "unknown"),
        "lang": value_or(old.get("lang"), "de"),
        "page_count": value_or(old.get("page_count"), 1),
        "duration": value_or(old.get("duration"), 0.0),
        "segments": [
            {
                "text": value_or(segment.get("text"), ""),
                "bbox": value_or(segment.get("bbox"), [0, 0, 0, 0]),
                "conf": value_or(segment.get("conf"), 0.0),
                "type": value_or(segment.get("type"), "text"),
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
    new = ocr_results.strip(ocr_results.up(result))
    metadata, blocks = new.get("metadata"), new.get("blocks")
    new |= _filled(new, OCR_DEFAULTS)
    kept = metadata if isinstance(metadata, dict) else {}
    new["metadata"] = {**kept, **_filled(kept, OCR_METADATA_DEFAULTS)}
    new["blocks"] = [
        {**block, **_filled(block, BLOCK_DEFAULTS)}
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict)
    ]
    return new


def _filled(value: Mapping[str, object], defaults: Mapping[str, object]) -> Object:
    """Return the keys of ``defaults``, with what ``value`` says about them where it does."""
    return {key: copy(default) if value.get(key) is None else value[key] for key, default in defaults.items()}


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
