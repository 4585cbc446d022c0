"""Dialects B and C, against servers with v1, v2 and both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ablage_client_compat import AblageAPIError, AblageClient, AblageNotFoundError

from .conftest import BROKEN, INVOICE

if TYPE_CHECKING:
    from ablage_client_compat import Document
    from server_stub.testing import AblageServer


@pytest.fixture(scope="module")
def tagged(any_server: AblageServer) -> list[str]:
    """Ids of five recognised documents under the tag ``flat``, newest first."""
    with any_server.sdk() as sdk:
        made = [sdk.documents.upload(INVOICE, tags=["flat"], document_type="flat") for _ in range(5)]
        return [sdk.documents.wait_for_completion(document.id).id for document in made[::-1]]


# --- B: plain data ------------------------------------------------------------------------------------


def test_b_documents_are_json(client: AblageClient, done: Document) -> None:
    document = client.get_document(done.id)
    assert isinstance(document, dict)
    assert document["extracted_text"] == done.ocr_text
    assert document["created_at"].endswith("Z")
    assert json.loads(json.dumps(document))["id"] == done.id


def test_b_lists_have_data_and_pagination(client: AblageClient, tagged: list[str]) -> None:
    listed = client.list_documents(page=2, per_page=2, tag="flat", status="completed")
    assert [document["id"] for document in listed["data"]] == tagged[2:4]
    assert listed["pagination"] == {"total": 5, "page": 2, "per_page": 2, "total_pages": 3}
    assert client.list_documents(2, 2, "flat", "completed") == listed
    assert list(json.loads(json.dumps(listed))) == ["data", "pagination"]


def test_b_uploads_updates_and_downloads(client: AblageClient, tmp_path: Path) -> None:
    document = client.upload_document(Path(INVOICE), ["x"], {"k": 1})
    assert (document["tags"], document["metadata"]) == (["x"], {"k": 1})
    changed = client.update_document(document_id=document["id"], tags=["y"], metadata={"k": 2})
    assert (changed["tags"], changed["metadata"]) == (["y"], {"k": 2})
    target = tmp_path / "copy.pdf"
    assert client.download_document(document["id"], target) == target
    assert target.read_bytes() == INVOICE.read_bytes() == client.download_document(document["id"])
    client.delete_document(document["id"])
    with pytest.raises(AblageNotFoundError):
        client.get_document(document["id"])


def test_b_polls_a_job_until_it_is_done(client: AblageClient) -> None:
    document = client.upload_document(INVOICE)
    job = client.start_ocr(document_id=document["id"], backend="auto")
    assert job["status"] in {"pending", "processing", "completed"}
    seen = [client.get_ocr_status(job["job_id"])]
    client.wait_for_processing(document["id"])
    seen.append(client.get_ocr_status(job["job_id"]))
    for status in seen:
        assert set(status) >= {"status", "progress", "processing_time_ms", "result", "error"}
        assert (status["result"] is None) == (status["status"] != "completed")
    assert (seen[-1]["status"], seen[-1]["progress"], seen[-1]["error"]) == ("completed", 100, None)
    assert isinstance(seen[-1]["result"]["confidence"], float)
    assert isinstance(seen[-1]["processing_time_ms"], int)
    assert client.start_ocr(document["id"])["status"] == "completed"
    assert client.start_ocr(document["id"], force_reprocess=True)["status"] == "pending"
    client.wait_for_processing(document["id"])
    client.delete_document(document["id"])


def test_b_sees_why_a_job_failed(client: AblageClient) -> None:
    document = client.upload_document(BROKEN)
    with pytest.raises(AblageAPIError):
        client.wait_for_processing(document["id"])
    status = client.get_ocr_status(document["id"])
    assert (status["status"], status["progress"], status["result"]) == ("failed", 100, None)
    assert status["error"] == client.get_document(document["id"])["error_message"]
    client.delete_document(document["id"])


def test_b_health(client: AblageClient) -> None:
    assert client.health_check()["status"] == "ok"


# --- C: objects ---------------------------------------------------------------------------------------


def test_c_lists_are_iterated(client: AblageClient, tagged: list[str]) -> None:
    assert [document.id for document in client.list_documents("completed", "flat", limit=2)] == tagged[:2]
    part = client.list_documents(status="completed", document_type="flat", limit=3, offset=1)
    assert [document.id for document in part] == tagged[1:4]
    assert len(client.list_documents(document_type="flat", limit=200, offset=5)) == 0
    assert not client.list_documents(document_type="nothing of the kind")


def test_c_uploads_a_batch_and_waits(client: AblageClient) -> None:
    documents = client.batch_upload([INVOICE, str(INVOICE)])
    single = client.upload_document(str(INVOICE), ocr_backend="text-layer", priority=5)
    positional = client.upload_document(str(INVOICE), "text-layer", 5)
    for document in [*documents, single, positional]:
        finished = client.wait_for_processing(document.id, timeout=120, poll_interval=0.1)
        assert finished.status == "completed"
        client.delete_document(document.id)


def test_c_reprocesses(client: AblageClient) -> None:
    document = client.wait_for_processing(client.upload_document(INVOICE).id)
    assert client.reprocess_document(document.id, "text-layer").status == "pending"
    client.wait_for_processing(document.id)
    client.delete_document(document.id)


def test_waiting_too_short_raises_the_built_in_error(client: AblageClient) -> None:
    document = client.upload_document(INVOICE)
    client.wait_for_processing(document.id)
    stuck = client.reprocess_document(document.id)
    for wait in (client.wait_for_processing, client.documents.wait_for_completion):
        try:
            wait(stuck.id, timeout=0)
        except TimeoutError as error:
            assert type(error) is TimeoutError  # noqa: PT017  # it may also have been fast enough
    client.wait_for_processing(document.id)
    client.delete_document(document.id)


def test_search_serves_both(client: AblageClient, tagged: list[str]) -> None:
    found = client.search_documents(query="Rechnung", tag="flat", page=1, per_page=3)
    assert len(found["data"]) == 3
    assert found["pagination"]["total"] == 5
    assert {document["id"] for document in found["data"]} < set(tagged)
    assert found["data"][0]["relevance_score"] > 0
    hits = client.search_documents("Rechnung", 4)
    assert len(hits) == 4
    assert hits[0].relevance_score >= hits[1].relevance_score
    assert "<mark>" in hits[0].highlight
    assert client.search_documents("Zwiebelfischkoralle").total == 0


@pytest.mark.parametrize(
    ("arguments", "keywords", "complaint"),
    [
        ((1, 2, "a", "b", "c"), {}, "takes page, per_page, tag, status"),
        ((), {"pages": 2}, "has no parameter pages"),
        (("completed",), {"status": "failed"}, "each once"),
    ],
)
def test_wrong_arguments_are_type_errors(
    arguments: tuple[object, ...], keywords: dict[str, object], complaint: str
) -> None:
    client = AblageClient("ak_test_x", "http://127.0.0.1:9")
    with pytest.raises(TypeError, match=complaint):
        client.list_documents(*arguments, **keywords)  # type: ignore[call-overload]  # on purpose
    with pytest.raises(TypeError, match="does not know what to do with"):
        client.upload_document(INVOICE, object())
    with pytest.raises(TypeError, match="needs a path"):
        client.upload_document()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("get_documents", "get_document"),
        ("upload", "upload_document"),
        ("document", "documents"),
        ("wait_for_process", "wait_for_processing"),
    ],
)
def test_unknown_names_name_the_nearest(name: str, nearest: str) -> None:
    client = AblageClient("ak_test_x", "http://127.0.0.1:9")
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'; did you mean '{nearest}'"):
        getattr(client, name)
    with pytest.raises(
        AttributeError, match=r"'AblageClient.documents' has no attribute 'uplaod'; did you mean 'upload'"
    ):
        client.documents.uplaod  # type: ignore[attr-defined]  # noqa: B018  # on purpose
