"""Dialect A's documents, against servers with v1, v2 and both."""

from __future__ import annotations

import io
import json
import uuid
from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from ablage_client_compat import AblageAPIError, AblageClient, Document, PaginatedResponse
from ablage_sdk import formats

from .conftest import BROKEN, INVOICE

if TYPE_CHECKING:
    from pathlib import Path

    from server_stub.testing import AblageServer


def test_a_recognised_document_reads_as_with_the_old_client(done: Document) -> None:
    assert done.status == "completed"
    assert isinstance(done.status, str)
    assert "Rechnung" in done.ocr_text
    assert done.ocr_text == done.extracted_text
    assert isinstance(done.confidence_score, float)
    assert 0.9 < done.confidence_score <= 1.0
    assert done.created_at.tzinfo is not None
    assert done.created_at.utcoffset() == UTC.utcoffset(None)
    assert done.completed_at is not None
    assert done.completed_at >= done.created_at
    assert (done.tags, done.metadata) == (["a", "b"], {"n": 1, "deep": {"x": [1.5]}})
    assert (done.filename, done.mime_type, done.size) == (
        "invoice.pdf",
        "application/pdf",
        INVOICE.stat().st_size,
    )
    assert done.error_message is None


def test_the_ocr_result_is_the_old_dictionary(done: Document) -> None:
    result = done.ocr_result
    assert list(result) == ["content", "score", "engine", "lang", "page_count", "duration", "segments"]
    assert result["content"] == done.ocr_text
    assert (type(result["score"]), result["lang"], result["page_count"]) == (float, "de", 2)
    assert isinstance(result["duration"], float)
    segment = result["segments"][0]
    assert list(segment) == ["text", "bbox", "conf", "type"]
    assert (len(segment["bbox"]), type(segment["conf"])) == (4, float)
    assert done.ocr_result is result
    assert json.loads(json.dumps(done))["ocr_result"] == result


def test_every_kind_of_server_gives_the_same_document(done: Document, any_server: AblageServer) -> None:
    """The answer of v1 itself is the model, where the server still gives it."""
    with any_server.sdk() as sdk:
        document = formats.only_v1(formats.documents.down(sdk.documents.get(done.id).to_dict()))
    assert {key: done[key] for key in document} == document


def test_before_recognition_there_is_no_text_and_no_score(client: AblageClient) -> None:
    fresh = client.documents.upload(INVOICE)
    assert (fresh.status, fresh.ocr_text, fresh.confidence_score) == ("pending", "", 0.0)
    assert (fresh.ocr_result["score"], fresh.ocr_result["engine"], fresh.ocr_result["segments"]) == (
        0.0,
        "unknown",
        [],
    )
    assert fresh.completed_at is None
    client.documents.delete(fresh.id)


def test_upload_takes_a_path_a_file_or_bytes(client: AblageClient) -> None:
    content = INVOICE.read_bytes()
    with INVOICE.open("rb") as file:
        uploads = [
            client.documents.upload(str(INVOICE)),
            client.documents.upload(INVOICE),
            client.documents.upload(file),
            client.documents.upload(io.BytesIO(content), "named.pdf", "auto", {"k": "v"}),
            client.documents.upload(content, filename="named.pdf", tags="x, y", language="de", priority=5),
            client.documents.create(file_path=str(INVOICE), tags=["x"], metadata={"k": "v"}),
        ]
    names = [document.filename for document in uploads]
    assert names == ["invoice.pdf"] * 3 + ["named.pdf"] * 2 + ["invoice.pdf"]
    assert uploads[3].metadata == uploads[5].metadata == {"k": "v"}
    assert (uploads[4].tags, uploads[5].tags) == (["x", "y"], ["x"])
    assert all(client.documents.download(document.id) == content for document in uploads)
    for document in uploads:
        assert client.documents.delete(document.id) is None


def test_a_path_that_cannot_be_opened_raises_what_open_raises(client: AblageClient, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        client.documents.upload(tmp_path / "missing.pdf")
    with pytest.raises(IsADirectoryError):
        client.documents.create(tmp_path)


def test_get_takes_a_uuid_too(client: AblageClient, done: Document) -> None:
    assert client.documents.get(uuid.UUID(done.id)) == client.documents.get(done.id)


def test_text_alone(client: AblageClient, done: Document) -> None:
    assert (
        client.documents.get_ocr_text(done.id)
        == client.documents.get_extracted_text(done.id)
        == done.ocr_text
    )


def test_update_replaces_tags_and_metadata(client: AblageClient) -> None:
    document = client.documents.upload(INVOICE, metadata={"a": 1}, tags=["t"])
    assert client.documents.update(document.id, {"b": 2}).metadata == {"b": 2}
    assert client.documents.update(document.id, tags=["u", "v"]).tags == ["u", "v"]
    assert client.documents.get(document.id).metadata == {"b": 2}
    client.documents.delete(document.id)


def test_download_returns_the_bytes_and_writes_them(
    client: AblageClient, done: Document, tmp_path: Path
) -> None:
    target = tmp_path / "copy.pdf"
    assert client.documents.download(done.id) == INVOICE.read_bytes()
    assert client.documents.download(done.id, str(target)) == target.read_bytes() == INVOICE.read_bytes()


def test_a_failed_document_raises_when_waited_for(client: AblageClient) -> None:
    document = client.documents.upload(BROKEN)
    with pytest.raises(AblageAPIError) as caught:
        client.documents.wait_for_completion(document.id, timeout=60, poll_interval=0.1)
    assert (type(caught.value), caught.value.status_code) == (AblageAPIError, None)
    failed = client.documents.get(document.id)
    assert failed.status == "failed"
    assert failed.error_message
    assert failed.error_message in caught.value.message
    assert failed.ocr_text == ""
    client.documents.delete(document.id)


def test_reprocess_starts_again(client: AblageClient) -> None:
    document = client.documents.wait_for_completion(client.documents.upload(INVOICE).id)
    again = client.documents.reprocess(document.id, ocr_backend="text-layer")
    assert again.status == "pending"
    assert client.documents.wait_for_completion(document.id).ocr_text == document.ocr_text
    client.documents.delete(document.id)


# --- lists --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seven(any_server: AblageServer) -> list[str]:
    """Ids of seven documents under a tag of their own, newest first."""
    with any_server.sdk() as sdk:
        made = [
            sdk.documents.upload(INVOICE, filename=f"{name}.pdf", tags=[f"seven-{any_server.url}"]).id
            for name in "dbgacfe"
        ]
    return made[::-1]


def ids(page: PaginatedResponse[Document]) -> list[str]:
    return [document.id for document in page]


def everything(client: AblageClient, **arguments: str) -> list[Document]:
    """All documents, by turning pages as legacy programs do."""
    found: list[Document] = []
    page = client.documents.list(page=1, page_size=3, **arguments)
    while True:
        found += page.items
        if page.page >= page.total_pages:
            assert page.total == len(found)
            return found
        page = client.documents.list(page=page.page + 1, page_size=3, **arguments)


def test_pages_give_every_document_once(client: AblageClient, seven: list[str]) -> None:
    found = [document.id for document in everything(client)]
    assert len(found) == len(set(found))
    assert [document_id for document_id in found if document_id in seven] == seven
    assert [document.id for document in everything(client, sort_order="asc")] == found[::-1]


def test_pages_can_be_jumped_to(any_server: AblageServer, client: AblageClient, seven: list[str]) -> None:
    in_order = [document.id for document in everything(client)]
    with AblageClient(any_server.api_key, any_server.url) as stranger:
        assert ids(stranger.documents.list(3, 3)) == in_order[6:9]
        assert ids(stranger.documents.list(2, 3)) == in_order[3:6]
        beyond = stranger.documents.list(page=1000, page_size=3)
    assert ids(beyond) == []
    assert (beyond.total, beyond.total_pages) == (len(in_order), -(-len(in_order) // 3))
    assert seven[0] in in_order


def test_lists_sort_by_other_columns(client: AblageClient, seven: list[str]) -> None:
    names = [document.filename for document in everything(client, sort_by="filename", sort_order="asc")]
    assert names == sorted(names)
    down = [document.filename for document in everything(client, sort_by="filename", sort_order="desc")]
    assert down == names[::-1]
    scores = [document.confidence_score for document in everything(client, sort_by="confidence_score")]
    known = [score for score in scores if score]
    assert known == sorted(known, reverse=True)
    assert len(seven) == 7


def test_lists_filter_by_status(client: AblageClient, done: Document) -> None:
    completed = client.documents.list(status="completed", page_size=100)
    assert done.id in ids(completed)
    assert {document.status for document in completed} == {"completed"}


def test_listed_documents_are_whole(client: AblageClient, done: Document) -> None:
    for arguments in ({}, {"sort_by": "size"}):
        page = client.documents.list(status="completed", page_size=100, **arguments)  # type: ignore[arg-type]  # an order
        (found,) = [document for document in page if document.id == done.id]
        assert found.ocr_result == done.ocr_result
        assert found == client.documents.get(done.id)
