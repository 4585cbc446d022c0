"""Documents that browsers keep: camelCase keys, and a version that counts the steps.

========  =====================================================================
version   a document
========  =====================================================================
0         ``ocrText``, ``ocrResult {content, score, engine, …}``
1         ``extractedText``, the same ``ocrResult``
2         ``extractedText``, ``ocrResult {version, text, confidence, backend, …}``
========  =====================================================================

Each step goes both ways. What the plain way back would not return travels along in ``_v<version>``.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, cast

from ablage_sdk import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ablage_client_compat.migrate.data.jsonstream import JSON

    Object = dict[str, JSON]

__all__ = ["LATEST", "is_store", "migrate_store"]

LATEST = 2


def is_store(value: JSON) -> bool:
    """Tell whether a value is a browser's store, or an export of a browser's storage with one in it."""
    return _store(value) is not None or bool(_exported(value))


def migrate_store(value: JSON, to: int = LATEST) -> JSON:
    """Bring a store to a version, step by step, up or down.

    Args:
        value: ``{"state": {"documents": […]}, "version": n}``, the same without ``state``, or an export of
            the browser's storage, which keeps stores as strings of JSON.
        to: The version wanted, 0 to 2.

    Raises:
        ValueError: The store is of a version that is not known here.
    """
    if not isinstance(value, dict):
        return value
    exported = _exported(value)
    if exported:
        moved: Object = {
            name: json.dumps(migrate_store(store, to), ensure_ascii=False) for name, store in exported.items()
        }
        return {**value, **moved}
    version = value.get("version", 0)
    if not isinstance(version, int) or not 0 <= version <= LATEST:
        raise ValueError(f"the store has version {version!r}; known are 0 to {LATEST}")
    state = value.get("state")
    inner = state if isinstance(state, dict) else value
    documents = inner.get("documents")
    if not isinstance(documents, list):
        return value
    moved_documents: list[JSON] = [
        _move(document, version, to) if isinstance(document, dict) else document for document in documents
    ]
    result: Object = {**inner, "documents": moved_documents}
    return {**value, "state": result, "version": to} if isinstance(state, dict) else {**result, "version": to}


def _store(value: JSON) -> Object | None:
    if not isinstance(value, dict):
        return None
    state = value.get("state")
    inner = state if isinstance(state, dict) else value
    documents = inner.get("documents")
    known = "version" in value or isinstance(state, dict)
    return value if known and isinstance(documents, list) else None


def _exported(value: JSON) -> dict[str, JSON]:
    found: dict[str, JSON] = {}
    for name, text in value.items() if isinstance(value, dict) else ():
        if isinstance(text, str) and text.startswith("{") and '"documents"' in text:
            try:
                store = json.loads(text)
            except ValueError:
                continue
            if _store(store) is not None:
                found[name] = store
    return found


def _move(document: Object, version: int, to: int) -> Object:
    moved: Mapping[str, object] = document
    for step in range(version, to):
        moved = _STEPS[step].up(moved)
    for step in range(version, to, -1):
        moved = _STEPS[step - 1].down(moved)
    return cast("Object", moved)


def _text_up(document: Mapping[str, object]) -> dict[str, object]:
    if "ocrText" not in document:
        return dict(document)
    return {
        "extractedText" if key == "ocrText" else key: value
        for key, value in document.items()
        if key != "extractedText"
    }


def _text_down(document: Mapping[str, object]) -> dict[str, object]:
    if "extractedText" not in document:
        return dict(document)
    return {
        "ocrText" if key == "extractedText" else key: value
        for key, value in document.items()
        if key != "ocrText"
    }


def _result_up(document: Mapping[str, object]) -> dict[str, object]:
    result = document.get("ocrResult")
    old = result if isinstance(result, dict) else {}
    new: dict[str, object] = _camel(formats.ocr_results.up(_snake(old))) if old else {"version": "2.0"}
    text = document.get("extractedText")
    new.setdefault("text", text if isinstance(text, str) else "")
    new.setdefault("confidence", 0.0)
    new.setdefault("backend", "unknown")
    return {**document, "ocrResult": new}


def _result_down(document: Mapping[str, object]) -> dict[str, object]:
    result = document.get("ocrResult")
    if not isinstance(result, dict):
        return dict(document)
    return {**document, "ocrResult": _camel(formats.ocr_results.down(_snake(result)))}


#: What leads from each version to the next one, and back.
_STEPS = (
    formats.between(_text_up, _text_down, ("_v0", "_v1")),
    formats.between(_result_up, _result_down, ("_v1", "_v2")),
)


def _snake(result: Mapping[str, object]) -> dict[str, object]:
    return _renamed(
        result, lambda key: re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"_{found[1].lower()}", key)
    )


def _camel(result: Mapping[str, object]) -> dict[str, object]:
    return _renamed(result, lambda key: re.sub(r"(?<=[a-z])_([a-z])", lambda found: found[1].upper(), key))


def _renamed(result: Mapping[str, object], name: Callable[[str], str]) -> dict[str, object]:
    """Rename the keys of a result and of its ``metadata``."""
    renamed = {name(key): value for key, value in result.items()}
    metadata = renamed.get("metadata")
    if isinstance(metadata, dict):
        renamed["metadata"] = {name(key): value for key, value in metadata.items()}
    return renamed
