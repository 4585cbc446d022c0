"""The SDK's answers as the old client's models, through `ablage_sdk.formats`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from ablage_client_compat.models import ApiKey, Document, User, WebhookSubscription
from ablage_client_compat.records import Deferred, Record
from ablage_sdk import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import JsonValue

    import ablage_sdk

__all__ = ["api_key", "document", "found_document", "record", "user", "webhook"]


#: What API v1 names or describes otherwise than v2.
_CHANGED = frozenset({"status", "extracted_text", "confidence_score", "error"})


def document(
    new: ablage_sdk.Document, *, result: Callable[[], ablage_sdk.OCRResult | None] | None = None
) -> Document:
    """Return a document in the format of v1, with the text under both names.

    Args:
        new: The SDK's document.
        result: Gets the OCR result when ``new`` came without it.
    """
    rest = new.model_dump(mode="json", exclude_unset=True, exclude={"ocr_result"})
    # Converting is work; most keys are the same in both versions. An answer that was converted from v1
    # carries what leads back to it, and needs the whole.
    plain = formats.documents.is_whole(rest)
    v1 = formats.documents.down({key: rest[key] for key in _CHANGED & rest.keys()} if plain else rest)
    old = {key: v1[key] if key in v1 else rest.get(key) for key in formats.V1_DOCUMENT_KEYS}
    # Hundreds of blocks; most programs never look at them.
    old["ocr_result"] = Deferred(lambda: _old_result(result() if result else new.ocr_result))
    return _document(old)


def _document(v1: dict[str, Any]) -> Document:
    v1["extracted_text"] = v1.get("ocr_text")
    v1["confidence_score"] = float(v1.get("confidence_score") or 0)
    return Document(v1)


def _old_result(new: ablage_sdk.OCRResult | None) -> dict[str, Any]:
    if new is None or not formats.ocr_results.is_whole(new.model_extra or {}):
        return _old_numbers(formats.ocr_result_to_v1(new.to_dict() if new else None))
    # The same, without the detour over JSON: programs read this in loops.
    return {
        "content": new.text,
        "score": float(new.confidence),
        "engine": new.backend,
        "lang": new.metadata.language,
        "page_count": new.metadata.pages,
        "duration": float(new.metadata.processing_time),
        "segments": [
            {
                "text": block.text,
                "bbox": list(block.bbox),
                "conf": float(block.confidence),
                "type": block.type,
            }
            for block in new.blocks
        ],
    }


def _old_numbers(result: dict[str, Any]) -> dict[str, Any]:
    """Make a number of what API v1 says is one: a full confidence is ``1`` in JSON and was 1.0 in Python."""
    return {
        **result,
        "score": float(result["score"]),
        "duration": float(result["duration"]),
        "segments": [{**segment, "conf": float(segment["conf"])} for segment in result["segments"]],
    }


def found_document(hit: ablage_sdk.SearchHit) -> Document:
    """Return a document that a search found, with its relevance as both dialects named it."""
    old = document(hit)
    old.update(score=hit.score, relevance_score=hit.score, highlight=hit.highlight)
    return old


def v1_document(item: Mapping[str, JsonValue]) -> Document:
    """Return a document that v1 answered, with the text under both names."""
    result = cast("dict[str, Any] | None", item.get("ocr_result"))
    return _document({**item, "ocr_result": _old_numbers(result) if result else result})


def v1_found_document(item: Mapping[str, JsonValue]) -> Document:
    """Return a hit that v1 answered, with its relevance as both dialects named it."""
    return v1_document({**item, "relevance_score": item.get("score")})


class Answer(Protocol):
    """Any model of the SDK."""

    def to_dict(self) -> Mapping[str, object]:
        """Return the JSON that the server sent."""


def user(new: Answer) -> User:
    """Return a user with the one role that v1 knows."""
    v1 = formats.users.strip(formats.users.down(new.to_dict()))
    v1.pop("permissions", None)
    return User(v1)


def webhook(new: Answer) -> WebhookSubscription:
    """Return a webhook with the fields under both of their names."""
    return WebhookSubscription(formats.webhooks.down(new.to_dict()))


def token(new: ablage_sdk.Token) -> Record:
    """Return what a login gives: the tokens and the user."""
    answer = record(new)
    if new.user is not None:
        answer["user"] = user(new.user)
    return answer


def api_key(new: Answer) -> ApiKey:
    """Return an API key."""
    return ApiKey(new.to_dict())


def record(new: Answer) -> Record:
    """Return an answer that is the same in both versions."""
    return Record(new.to_dict())
