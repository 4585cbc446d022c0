"""Conversion between v1 and v2: what a user relies on is that nothing is lost on the way there and back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ablage_sdk import formats

NAMES = [
    *formats.OCR_KEYS, *formats.OCR_KEYS.values(), *formats.OCR_METADATA_KEYS,
    *formats.OCR_METADATA_KEYS.values(), *formats.V1_DOCUMENT_KEYS, *formats.WEBHOOK_KEYS,
    *formats.WEBHOOK_KEYS.values(), "version", "conf", "page", "extracted_text", "error", "error_code",
    "code", "message", "role", "roles", "_v1", "_v2", "x",
]  # fmt: skip
VALUES = ["", "1.0", "2.0", "completed", "UNKNOWN", "admin", None, True, 0, 0.0, 1, 1.0, 12345678901234567890]
JSON = st.recursive(
    st.sampled_from(VALUES) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=10,
)
OBJECT = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6)
thorough = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))

OLD = {
    "content": "Rechnung Nr. 4711",
    "score": 0.95,
    "engine": "deepseek",
    "lang": "de",
    "page_count": 2,
    "duration": 1.5,
    "segments": [{"text": "Rechnung", "bbox": [1, 2, 3, 4], "conf": 0.9, "type": "text"}],
}
NEW = {
    "version": "2.0",
    "text": "Rechnung Nr. 4711",
    "confidence": 0.95,
    "backend": "deepseek",
    "metadata": {"language": "de", "pages": 2, "processing_time": 1.5},
    "blocks": [{"text": "Rechnung", "bbox": [1, 2, 3, 4], "confidence": 0.9, "type": "text"}],
}


def test_the_formats_of_the_guide_are_converted_into_each_other() -> None:
    assert formats.ocr_results.up(OLD) == NEW
    assert formats.ocr_results.down(NEW) == OLD


@thorough
@given(OBJECT)
def test_every_ocr_result_survives_the_way_there_and_back(result: dict[str, object]) -> None:
    if formats.is_old_ocr_result(result):
        assert formats.same(formats.ocr_results.down(formats.ocr_results.up(result)), result)
    else:
        result["version"] = "2.0"
        assert formats.same(formats.ocr_results.up(formats.ocr_results.down(result)), result)


@thorough
@given(OBJECT)
@pytest.mark.parametrize("kind", ["documents", "users", "webhooks"])
def test_every_mapping_survives_the_way_there_and_back(kind: str, value: dict[str, object]) -> None:
    conversion: formats.Conversion = getattr(formats, kind)
    up, down = conversion.up, conversion.down
    assert formats.same(down(up(value)), value)
    assert formats.same(up(down(value)), value)


@thorough
@given(OBJECT)
def test_answers_have_the_whole_shape_whatever_is_stored(result: dict[str, object]) -> None:
    complete = formats.complete_ocr_result(result)
    assert {"version", "text", "confidence", "backend", "metadata", "blocks"} <= complete.keys()
    assert formats.ocr_result_to_v1(result).keys() == OLD.keys()
    assert tuple(formats.only_v1(formats.documents.down(result))) == formats.V1_DOCUMENT_KEYS


def test_a_document_without_text_looks_empty_in_v1_and_is_none_in_v2() -> None:
    pending = {"id": "1", "status": "pending", "extracted_text": None, "confidence_score": None}
    pending |= {"ocr_result": None, "error": None}
    old = formats.documents.down(pending)
    assert old["ocr_text"] == ""
    assert old["confidence_score"] == 0.0
    result = old["ocr_result"]
    assert isinstance(result, dict)
    assert (result["score"], result["engine"]) == (0.0, "unknown")
    assert formats.documents.up(old) == pending


def test_an_edit_on_the_other_side_is_kept_rather_than_undone() -> None:
    odd = {"content": "old", "text": "both names"}
    new = formats.ocr_results.up(odd)
    new["text"] = "edited"
    assert formats.ocr_results.down(new)["content"] == "edited"


def test_decimals_pass_through_unchanged() -> None:
    document = {"status": "completed", "confidence_score": Decimal("0.9000")}
    assert formats.documents.down(document)["confidence_score"] == Decimal("0.9000")


def test_the_most_powerful_role_is_the_one_v1_names() -> None:
    assert formats.users.down({"roles": ["viewer", "admin"]})["role"] == "admin"
    assert formats.users.up({"role": "auditor"})["roles"] == ["auditor"]
