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

Each thing has one `Conversion`: ``formats.documents.up(v1)`` gives v2, ``formats.documents.down(v2)`` gives
v1; likewise `users`, `webhooks` and `ocr_results`.

The database migrations do the same conversion in SQL; a test compares both on random documents.
"""

from __future__ import annotations

from ablage_sdk.formats._accounts import WEBHOOK_KEYS, users, webhooks
from ablage_sdk.formats._conversion import PRIVATE_KEYS, Conversion, between, same
from ablage_sdk.formats._documents import (
    DOCUMENT_FIELDS,
    UNKNOWN_ERROR,
    V1_DOCUMENT_KEYS,
    Field,
    documents,
    only_v1,
)
from ablage_sdk.formats._ocr_results import (
    BLOCK_DEFAULTS,
    OCR_DEFAULTS,
    OCR_KEYS,
    OCR_METADATA_DEFAULTS,
    OCR_METADATA_KEYS,
    SEGMENT_KEYS,
    complete_ocr_result,
    is_old_ocr_result,
    ocr_result_to_v1,
    ocr_results,
    ocr_results_1_0,
)
from ablage_sdk.formats._settings import REMOVED_SETTINGS, RENAMED_SETTINGS, RESIZED_SETTING

__all__ = [
    "BLOCK_DEFAULTS",
    "DOCUMENT_FIELDS",
    "OCR_DEFAULTS",
    "OCR_KEYS",
    "OCR_METADATA_DEFAULTS",
    "OCR_METADATA_KEYS",
    "PRIVATE_KEYS",
    "REMOVED_SETTINGS",
    "RENAMED_SETTINGS",
    "RESIZED_SETTING",
    "SEGMENT_KEYS",
    "UNKNOWN_ERROR",
    "V1_DOCUMENT_KEYS",
    "WEBHOOK_KEYS",
    "Conversion",
    "Field",
    "between",
    "complete_ocr_result",
    "documents",
    "is_old_ocr_result",
    "ocr_result_to_v1",
    "ocr_results",
    "ocr_results_1_0",
    "only_v1",
    "same",
    "users",
    "webhooks",
]
