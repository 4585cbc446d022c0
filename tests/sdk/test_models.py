"""Answers as values: exact both ways, open for what later servers add, strict about what is promised."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ablage_sdk import Document, DocumentStatus, ResponseValidationError
from tests.sdk.conftest import DOCUMENT, V2, Reply

if TYPE_CHECKING:
    from tests.sdk.conftest import Wire


def as_json(value: object) -> str:
    """One text for equal JSON: numbers by their value, truth apart from numbers."""

    def plain(each: Any) -> Any:
        if isinstance(each, dict):
            return {key: plain(inner) for key, inner in each.items()}
        if isinstance(each, list):
            return [plain(inner) for inner in each]
        return int(each) if isinstance(each, float) and each.is_integer() else each

    return json.dumps(plain(value), sort_keys=True, indent=1)


def test_what_is_unknown_is_kept() -> None:
    document = Document.model_validate(
        {
            **DOCUMENT,
            "status": "archived",
            "shelf": {"row": 7},
            "error": {"code": "X", "message": "m", "hint": "h"},
        }
    )
    assert document.status == "archived"
    assert not document.status.is_known
    assert not document.status.is_final
    assert DocumentStatus("completed").is_known
    assert document.model_extra == {"shelf": {"row": 7}}
    dumped = document.to_dict()
    assert (dumped["status"], dumped["shelf"]) == ("archived", {"row": 7})
    assert dumped["error"] == {"code": "X", "message": "m", "hint": "h"}


@pytest.mark.parametrize("number", ["0.9876", "1.0", "0", "1", "0.1", "0.0001"])
def test_confidence_is_exact(number: str) -> None:
    content = json.dumps({**DOCUMENT, "confidence_score": "@"}).replace('"@"', number)
    document = Document.model_validate_json(content)
    assert document.confidence_score == Decimal(number)
    assert as_json(document.to_dict()["confidence_score"]) == as_json(float(number))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": 5}, "id"),
        ({"status": None}, "status"),
        ({"size": "big"}, "size"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"confidence_score": "high"}, "confidence_score"),
        ({"ocr_result": {"text": 1, "confidence": 1, "backend": "x"}}, "ocr_result.text"),
    ],
)
async def test_what_is_not_as_promised_is_an_error_and_no_none(
    wire: Wire, change: dict[str, Any], where: str
) -> None:
    wire.answers(Reply(body={**DOCUMENT, **change}, headers=dict(V2)))
    with pytest.raises(ResponseValidationError, match=rf"not a valid Document: {where}") as caught:
        await wire.client().documents.get("x")
    assert caught.value.request_id == "r-1"


async def test_a_missing_field_is_an_error_too(wire: Wire) -> None:
    wire.answers(Reply(body={k: v for k, v in DOCUMENT.items() if k != "filename"}, headers=dict(V2)))
    with pytest.raises(ResponseValidationError, match="filename"):
        await wire.client().documents.get("x")


async def test_results_know_their_answer(wire: Wire) -> None:
    limits = {"x-ratelimit-limit": "600", "x-ratelimit-remaining": "599", "x-ratelimit-reset": "1795430000"}
    wire.answers(Reply(headers={**V2, **limits, "etag": '"e"'}))
    client = wire.client()
    document = await client.documents.get("x")
    info = document.response_info
    assert info is not None
    assert (info.status_code, info.attempts, info.api_version, document.etag) == (200, 1, "2.0", '"e"')
    assert document.request_id == "r-1"
    assert info.rate_limit is not None
    assert (info.rate_limit.limit, info.rate_limit.remaining, info.rate_limit.reset) == (600, 599, 1795430000)
    assert info.elapsed > 0


def test_results_are_values() -> None:
    first, second = Document.model_validate(DOCUMENT), Document.model_validate(DOCUMENT)
    assert first == second
    with pytest.raises(ValueError, match="frozen"):
        first.filename = "x"  # type: ignore[misc]  # what is tested
