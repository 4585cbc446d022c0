from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ablage_client_compat import Document, PaginatedResponse, User, WebhookSubscription
from ablage_client_compat.records import Deferred

V1 = {
    "id": "0192f0c0-0000-7000-8000-000000000001",
    "filename": "rechnung.pdf",
    "status": "completed",
    "user_id": "u1",
    "size": 1234,
    "mime_type": "application/pdf",
    "document_type": None,
    "language": "de",
    "ocr_backend": "tesseract",
    "ocr_text": "Rechnung Nr. 1",
    "confidence_score": 0.98,
    "ocr_result": {
        "content": "Rechnung Nr. 1",
        "score": 0.98,
        "engine": "tesseract",
        "lang": "de",
        "page_count": 1,
        "duration": 1.25,
        "segments": [{"text": "Rechnung", "bbox": [1, 2, 3, 4], "conf": 0.9, "type": "text"}],
    },
    "tags": ["a"],
    "metadata": {"n": 1},
    "error_message": None,
    "created_at": "2025-01-17T10:00:00Z",
    "updated_at": "2025-01-17T10:00:01.5Z",
    "completed_at": None,
}


@pytest.fixture
def document() -> Document:
    return Document.from_dict(V1)


def test_attributes_have_the_types_of_the_old_client(document: Document) -> None:
    assert document.created_at == datetime(2025, 1, 17, 10, tzinfo=UTC)
    assert document.updated_at.microsecond == 500_000
    assert document.completed_at is None
    assert document.confidence_score == 0.98
    assert isinstance(document.confidence_score, float)
    assert document.ocr_text == document.extracted_text == "Rechnung Nr. 1"
    assert document.ocr_result["segments"][0]["conf"] == 0.9
    assert document.error_message is None


def test_items_are_json(document: Document) -> None:
    assert document["created_at"] == "2025-01-17T10:00:00Z"
    assert document["extracted_text"] == document["ocr_text"]
    assert document.get("nothing", 7) == 7
    assert json.loads(json.dumps(document)) == V1
    assert json.loads(json.dumps(document, indent=1)) == V1
    assert "filename" in document
    assert {**document} == dict(document) == V1
    with pytest.raises(KeyError, match="nothing"):
        document["nothing"]


def test_to_dict_and_from_dict_are_inverse(document: Document) -> None:
    assert document.to_dict() == V1
    assert Document.from_dict(document.to_dict()) == document
    assert type(document.to_dict()) is dict
    document.to_dict()["tags"].append("independent")
    assert document.tags == ["a"]


def test_unknown_keys_survive() -> None:
    assert Document.from_dict({**V1, "later": 1}).to_dict()["later"] == 1


def test_missing_keys_read_as_nothing() -> None:
    sparse = Document.from_dict({"id": "1"})
    sparse.tags.append("kept")
    assert sparse.tags == ["kept"]
    assert sparse.ocr_text == sparse.extracted_text == ""
    assert sparse.completed_at is None


def test_times_without_zone_are_utc_and_others_keep_theirs() -> None:
    assert Document({"created_at": "2025-01-17T10:00:00"}).created_at.tzinfo is UTC
    summer = datetime(2025, 7, 1, tzinfo=timezone(timedelta(hours=2)))
    assert Document({"created_at": summer}).created_at is summer


def test_copies_are_equal_and_independent(document: Document) -> None:
    document.note = "own attribute"
    for twin in (copy.copy(document), copy.deepcopy(document), pickle.loads(pickle.dumps(document))):
        assert twin == document
        assert type(twin) is Document
        assert twin.note == "own attribute"  # type: ignore[attr-defined]  # see above
    deep = copy.deepcopy(document)
    deep.tags.append("b")
    assert deep != document
    assert document.copy() == document


def test_attributes_can_be_set(document: Document) -> None:
    document.filename = "neu.pdf"
    document.metadata["m"] = 2
    assert document["filename"] == "neu.pdf"
    assert document.to_dict()["metadata"] == {"n": 1, "m": 2}
    del document.filename
    assert "filename" not in document


def test_repr_is_short_and_shows_no_secret(document: Document) -> None:
    assert repr(document) == (
        "Document(id='0192f0c0-0000-7000-8000-000000000001', filename='rechnung.pdf', status='completed')"
    )
    assert "whsec" not in repr(WebhookSubscription({"id": "1", "url": "u", "secret": "whsec_x"}))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("file_name", "filename"), ("text_ocr", "ocr_text"), ("tag", "tags"), ("create_at", "created_at")],
)
def test_unknown_attributes_name_the_nearest(document: Document, name: str, nearest: str) -> None:
    with pytest.raises(AttributeError, match=f"{name}.*did you mean '{nearest}'"):
        getattr(document, name)
    assert not hasattr(document, name)


def test_deferred_values_are_made_once_and_seen_by_every_way_of_reading() -> None:
    made: list[int] = []

    def make() -> dict[str, int]:
        made.append(1)
        return {"n": len(made)}

    def fresh() -> Document:
        made.clear()
        return Document({"id": "1", "ocr_result": Deferred(make)})

    assert fresh().ocr_result == {"n": 1}
    assert fresh().get("ocr_result") == {"n": 1}
    assert dict(fresh())["ocr_result"] == {"n": 1}
    assert {**fresh()}["ocr_result"] == {"n": 1}
    assert (fresh() | {})["ocr_result"] == {"n": 1}
    assert ({} | fresh())["ocr_result"] == {"n": 1}
    assert list(fresh().values())[1] == {"n": 1}
    assert fresh().pop("ocr_result") == {"n": 1}
    assert fresh().popitem() == ("ocr_result", {"n": 1})
    assert fresh().setdefault("ocr_result", None) == {"n": 1}
    assert json.loads(json.dumps(fresh()))["ocr_result"] == {"n": 1}
    assert pickle.loads(pickle.dumps(fresh()))["ocr_result"] == {"n": 1}
    assert fresh() == {"id": "1", "ocr_result": {"n": 1}}
    document = fresh()
    assert document.ocr_result is document["ocr_result"]
    assert copy.copy(document)["ocr_result"] == {"n": 1}
    assert len(made) == 1


def test_users_and_webhooks_answer_to_both_names() -> None:
    user = User({"id": "1", "email": "a@example.org", "role": "admin", "created_at": "2025-01-17T10:00:00Z"})
    assert (user.role, user.full_name, user.created_at.year) == ("admin", None, 2025)
    webhook = WebhookSubscription(
        {"id": "1", "url": "u", "event_types": ["document.created"], "is_active": True}
    )
    assert webhook.events == webhook.event_types == webhook["events"] == ["document.created"]
    assert webhook.active is True


# --- pages ------------------------------------------------------------------------------------------


def page(total: int | Deferred | None = 5) -> PaginatedResponse[Document]:
    items = [Document({"id": "1"}), Document({"id": "2"})]
    return PaginatedResponse(items, total, 2, 2)


def test_a_page_serves_all_dialects() -> None:
    old = page()
    assert [document.id for document in old] == [document["id"] for document in old["data"]] == ["1", "2"]
    assert (len(old), old[0].id, old[-1].id, old[:1]) == (2, "1", "2", old.items[:1])
    assert (old.total, old.page, old.page_size, old.total_pages) == (5, 2, 2, 3)
    assert old["pagination"] == {"total": 5, "page": 2, "per_page": 2, "total_pages": 3}
    assert old["items"] is old.items is old["data"]
    assert isinstance(old.items, list)
    assert old.get("total") == 5
    assert old.get("nothing") is None
    assert "pagination" in old
    assert old[0] in old
    assert [document.id for document in reversed(old)] == ["2", "1"]


def test_a_page_is_json_as_dialect_b_had_it() -> None:
    expected = {
        "data": [{"id": "1"}, {"id": "2"}],
        "pagination": {"total": 5, "page": 2, "per_page": 2, "total_pages": 3},
    }
    assert json.loads(json.dumps(page())) == expected
    assert json.loads(json.dumps(page(), indent=2)) == expected
    assert dict(page()) == expected


def test_an_empty_page_is_false_as_an_empty_list() -> None:
    empty: PaginatedResponse[Document] = PaginatedResponse([], 0)
    assert not empty
    assert page()
    assert empty.total_pages == 0


def test_pages_compare_copy_and_pickle() -> None:
    for twin in (copy.copy(page()), copy.deepcopy(page()), pickle.loads(pickle.dumps(page())), page().copy()):
        assert twin == page()
        assert type(twin) is PaginatedResponse
        assert json.dumps(twin) == json.dumps(page())
    assert page() != page(total=6)
    assert page() == list(page())
    assert PaginatedResponse.from_dict(page().to_dict()) == page()
    assert (
        PaginatedResponse.from_dict(
            {"data": [], "pagination": {"total": 0, "page": 1, "per_page": 5}}
        ).page_size
        == 5
    )


def test_the_total_is_asked_for_once_and_only_when_wanted() -> None:
    asked: list[int] = []

    def ask() -> int:
        asked.append(1)
        return 9

    old = page(Deferred(ask))
    assert repr(old) == "PaginatedResponse(page=2, page_size=2, total=?, items=2)"
    assert asked == []
    assert (old.total, old.total_pages, old["pagination"]["total"], old.items()) is not None
    assert asked == [1]


def test_unknown_attributes_of_a_page_name_the_nearest() -> None:
    with pytest.raises(AttributeError, match="did you mean 'total_pages'"):
        page().totalpages  # type: ignore[attr-defined]  # noqa: B018  # on purpose
