"""Documents: upload, read, change, delete, in both versions."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    Json = dict[str, Any]

V1_KEYS = {
    "id", "filename", "status", "user_id", "size", "mime_type", "document_type", "language", "ocr_backend",
    "ocr_text", "confidence_score", "ocr_result", "tags", "metadata", "error_message", "created_at",
    "updated_at", "completed_at",
}  # fmt: skip
V2_KEYS = {
    "id", "filename", "status", "user_id", "size", "mime_type", "sha256", "page_count", "document_type",
    "language", "ocr_backend", "extracted_text", "confidence_score", "ocr_result", "tags", "metadata",
    "error", "created_at", "updated_at", "completed_at",
}  # fmt: skip


def test_an_uploaded_document_is_recognised(
    http: httpx.Client, make_pdf: Callable[[str], bytes], finished: Any
) -> None:
    data = make_pdf("Rechnung Nr. 4711")
    answer = http.post(
        "/api/v2/documents/upload",
        files={"file": ("Rechnung äöü.pdf", data)},
        data={
            "tags": "invoice, 2026,invoice",
            "metadata": '{"customer": "Müller"}',
            "language": "de",
            "document_type": "invoice",
        },
    )
    assert answer.status_code == 201
    document = answer.json()
    assert answer.headers["Location"] == f"/api/v2/documents/{document['id']}"
    assert document.keys() == V2_KEYS
    assert document["status"] == "pending"
    assert document["extracted_text"] is None
    assert document["ocr_result"] is None
    assert document["size"] == len(data)
    assert document["sha256"] == hashlib.sha256(data).hexdigest()
    assert document["tags"] == ["invoice", "2026"]
    assert document["metadata"] == {"customer": "Müller"}
    assert uuid.UUID(document["id"]).version == 7

    done = finished(document["id"])
    assert done["status"] == "completed"
    assert "Rechnung Nr. 4711" in done["extracted_text"]
    assert done["ocr_result"]["version"] == "2.0"
    assert done["ocr_result"]["metadata"]["pages"] == done["page_count"] == 1
    assert done["ocr_result"]["blocks"][0].keys() == {"text", "bbox", "confidence", "type", "page"}
    assert 0 <= done["confidence_score"] <= 1
    assert done["completed_at"] is not None
    assert done["filename"] == "Rechnung äöü.pdf"


def test_v1_answers_the_same_document_in_the_old_shape(http: httpx.Client, upload: Any) -> None:
    new = upload("Vertrag")
    old = http.get(f"/api/v1/documents/{new['id']}").json()
    assert old.keys() == V1_KEYS
    assert old["ocr_text"] == new["extracted_text"]
    assert old["ocr_result"]["content"] == new["ocr_result"]["text"]
    assert old["ocr_result"]["score"] == new["confidence_score"] == old["confidence_score"]
    assert old["ocr_result"]["engine"] == new["ocr_result"]["backend"]
    assert [s["text"] for s in old["ocr_result"]["segments"]] == [
        b["text"] for b in new["ocr_result"]["blocks"]
    ]
    assert old["error_message"] is None


@pytest.mark.parametrize("path", ["/api/v1/documents/upload", "/api/v1/documents", "/api/v1/documents/"])
def test_v1_uploads_under_each_of_its_addresses(
    http: httpx.Client, make_pdf: Callable[[str], bytes], path: str
) -> None:
    answer = http.post(path, files={"file": ("a.pdf", make_pdf("x"))}, data={"tags": ["a", "b"]})
    assert answer.status_code == 201
    document = answer.json()
    assert answer.headers["Location"] == f"/api/v1/documents/{document['id']}"
    assert document.keys() == V1_KEYS
    assert document["ocr_text"] == ""
    assert document["ocr_result"]["score"] == 0.0
    assert document["ocr_result"]["engine"] == "unknown"
    assert document["tags"] == ["a", "b"]


def test_a_broken_pdf_is_accepted_and_fails_with_its_code(http: httpx.Client, finished: Any) -> None:
    answer = http.post("/api/v2/documents", files={"file": ("broken.pdf", b"%PDF-1.7\nnothing more")})
    done = finished(answer.json()["id"])
    assert done["status"] == "failed"
    assert done["error"]["code"] == "DOC_CORRUPT"
    old = http.get(f"/api/v1/documents/{done['id']}").json()
    assert old["error_message"] == done["error"]["message"]


@pytest.mark.parametrize(("name", "content"), [("empty.pdf", b""), ("fake.pdf", b"MZ\x90\x00 not a PDF")])
def test_what_is_no_document_by_its_content_is_refused(http: httpx.Client, name: str, content: bytes) -> None:
    answer = http.post("/api/v2/documents", files={"file": (name, content)})
    assert answer.status_code == 415
    assert answer.json()["code"] == "DOC_INVALID_FORMAT"
    assert "PDF, PNG, JPEG, TIFF or WebP" in answer.json()["detail"]


def test_the_type_is_decided_by_content_and_not_by_name(
    http: httpx.Client, make_pdf: Callable[[str], bytes]
) -> None:
    answer = http.post("/api/v2/documents", files={"file": ("holiday.jpg", make_pdf("x"), "image/jpeg")})
    assert answer.json()["mime_type"] == "application/pdf"


def test_an_unknown_backend_is_refused_with_the_known_ones(
    http: httpx.Client, make_pdf: Callable[[str], bytes]
) -> None:
    answer = http.post(
        "/api/v2/documents", files={"file": ("a.pdf", make_pdf("x"))}, data={"ocr_backend": "magic"}
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "OCR_BACKEND_UNKNOWN"
    assert "tesseract" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"metadata": "[1]"}, "metadata"),
        ({"metadata": "{"}, "metadata"),
        ({"metadata": '{"a": "\\u0000"}'}, "metadata"),
        ({"language": "not a language"}, "language"),
        ({"tags": "x" * 101}, "tags"),
        ({"document_type": "x" * 51}, "document_type"),
    ],
)
def test_a_wrong_field_is_named(
    http: httpx.Client, make_pdf: Callable[[str], bytes], fields: dict[str, str], field: str
) -> None:
    answer = http.post("/api/v2/documents", files={"file": ("a.pdf", make_pdf("x"))}, data=fields)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_form_without_file_is_refused(http: httpx.Client) -> None:
    answer = http.post("/api/v2/documents", files={"other": ("a.pdf", b"%PDF-1.4")})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "file"
    answer = http.post("/api/v2/documents", json={"file": "a.pdf"})
    assert answer.status_code == 422


def test_changing_replaces_what_is_given_and_keeps_the_rest(http: httpx.Client, upload: Any) -> None:
    document = upload("x", tags="old", metadata='{"a": 1}')
    path = f"/api/v2/documents/{document['id']}"
    changed = http.patch(path, json={"tags": ["neu", "wichtig"], "filename": "../../umbenannt.pdf"}).json()
    assert changed["tags"] == ["neu", "wichtig"]
    assert changed["filename"] == "umbenannt.pdf"
    assert changed["metadata"] == {"a": 1}
    assert changed["updated_at"] > document["updated_at"]
    assert changed["extracted_text"] == document["extracted_text"]
    assert http.get(path).json() == changed


def test_a_stale_etag_stops_a_change(http: httpx.Client, upload: Any) -> None:
    path = f"/api/v2/documents/{upload('x')['id']}"
    etag = http.get(path).headers["ETag"]
    first = http.patch(path, json={"tags": ["a"]}, headers={"If-Match": etag})
    assert first.status_code == 200
    assert first.headers["ETag"] != etag
    second = http.patch(path, json={"tags": ["b"]}, headers={"If-Match": etag})
    assert second.status_code == 412
    assert second.json()["code"] == "PRECONDITION_FAILED"
    assert http.get(path).json()["tags"] == ["a"]
    assert http.delete(path, headers={"If-Match": etag}).status_code == 412
    assert http.patch(path, json={"tags": ["c"]}, headers={"If-Match": "*"}).status_code == 200


def test_a_deleted_document_is_gone_in_both_versions(http: httpx.Client, upload: Any) -> None:
    document = upload("x")
    assert http.delete(f"/api/v2/documents/{document['id']}").status_code == 204
    for version in ("v1", "v2"):
        for rest in ("", "/download", "/extracted-text"):
            answer = http.get(f"/api/{version}/documents/{document['id']}{rest}")
            assert answer.status_code == 404
            assert answer.json()["code"] == "DOC_NOT_FOUND"
    assert http.delete(f"/api/v1/documents/{document['id']}").status_code == 404


def test_several_documents_are_deleted_at_once(http: httpx.Client, upload: Any) -> None:
    one, two = upload("x", wait=False)["id"], upload("y", wait=False)["id"]
    nobody = str(uuid.uuid4())
    answer = http.post("/api/v2/documents/batch/delete", json={"document_ids": [one, nobody, two, one]})
    assert answer.status_code == 200
    assert answer.json()["deleted"] == 2
    assert [result["status"] for result in answer.json()["results"]] == [
        "deleted", "not_found", "deleted", "not_found",
    ]  # fmt: skip
    assert http.get(f"/api/v2/documents/{one}").status_code == 404
    assert http.post("/api/v1/documents/batch/delete", json={"document_ids": [one]}).status_code in {404, 405}


def test_the_text_can_be_had_alone(http: httpx.Client, upload: Any) -> None:
    document = upload("Nur Text")
    for version in ("v1", "v2"):
        answer = http.get(f"/api/{version}/documents/{document['id']}/extracted-text")
        assert answer.json() == {"id": document["id"], "text": document["extracted_text"]}
        assert "Deprecation" not in answer.headers


def test_reprocessing_starts_anew(http: httpx.Client, upload: Any, finished: Any) -> None:
    document = upload("Noch einmal")
    for path in (f"/api/v2/documents/{document['id']}/reprocess", f"/api/v1/documents/{document['id']}/ocr"):
        answer = http.post(path, json={"ocr_backend": "text-layer"})
        assert answer.status_code == 202
        assert answer.json()["status"] == "pending"
        again = finished(document["id"])
        assert again["status"] == "completed"
        assert again["ocr_backend"] == "text-layer"
        assert again["extracted_text"] == document["extracted_text"]


def test_what_is_being_processed_cannot_be_reprocessed(http: httpx.Client, upload: Any) -> None:
    document = upload("x", wait=False)
    answers = [http.post(f"/api/v2/documents/{document['id']}/reprocess") for _ in range(4)]
    assert answers[-1].status_code == 409
    assert answers[-1].json()["code"] == "DOC_PROCESSING"
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize("wrong", ["nope", "00000000-0000-0000-0000-000000000000", "%2e%2e"])
def test_an_unknown_id_is_not_found(http: httpx.Client, wrong: str) -> None:
    answer = http.get(f"/api/v2/documents/{wrong}")
    assert answer.status_code == 404
    assert answer.json()["code"] in {"DOC_NOT_FOUND", "NOT_FOUND"}
