"""Documents, against a running server, with both clients."""

from __future__ import annotations

import io
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from ablage_sdk import (
    ConfigurationError,
    DocumentFailedError,
    NotFoundError,
    PreconditionFailedError,
    UnsupportedMediaTypeError,
    ValidationError,
    WaitTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from ablage_sdk import AsyncAblageSDK


def unique(pdf: Path) -> bytes:
    """Bytes of a document of its own; what follows the end of a PDF is ignored."""
    return pdf.read_bytes() + b"\n% " + uuid.uuid4().hex.encode()


async def test_a_document_goes_in_and_its_text_comes_out(client: AsyncAblageSDK, invoice: Path) -> None:
    document = await client.documents.upload_and_wait(invoice, tags=["rechnung"], metadata={"kunde": 4711})
    assert document.status == "completed"
    assert document.filename == "invoice.pdf"
    assert document.extracted_text
    assert "Rechnung" in document.extracted_text
    assert isinstance(document.confidence_score, Decimal)
    assert document.page_count == 2
    assert document.tags == ["rechnung"]
    assert document.metadata == {"kunde": 4711}
    assert document.ocr_result is not None
    assert document.ocr_result.blocks
    assert await client.documents.get_extracted_text(document.id) == document.extracted_text


async def test_whatever_holds_bytes_can_be_uploaded(
    client: AsyncAblageSDK, invoice: Path, tmp_path: Path
) -> None:
    content = unique(invoice)
    path = tmp_path / "rechnung ä.pdf"
    path.write_bytes(content)
    halves = [content[:1000], b"", content[1000:]]
    with path.open("rb") as file:
        from_file = await client.documents.upload(file)
    read_from_the_middle = io.BytesIO(b"skip" + content)
    read_from_the_middle.seek(4)
    documents = [
        from_file,
        await client.documents.upload(path),
        await client.documents.upload(str(path)),
        await client.documents.upload(content, filename="a.pdf"),
        await client.documents.upload(memoryview(content)),
        await client.documents.upload(read_from_the_middle, filename="b.pdf"),
        await client.documents.upload(halves, filename="list.pdf"),
        await client.documents.upload(iter(halves), filename="iterator.pdf"),
    ]
    assert {document.size for document in documents} == {len(content)}
    assert len({document.sha256 for document in documents}) == 1
    assert [document.filename for document in documents] == [
        *["rechnung ä.pdf"] * 3, "a.pdf", "document", "b.pdf", "list.pdf", "iterator.pdf",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["async"], indirect=True)
async def test_the_asynchronous_client_uploads_what_arrives_asynchronously(
    client: AsyncAblageSDK, invoice: Path
) -> None:
    content = unique(invoice)

    async def pieces() -> AsyncIterator[bytes]:
        yield content[:5000]
        yield content[5000:]

    document = await client.documents.upload(pieces(), filename="stream.pdf")
    assert document.size == len(content)


@pytest.mark.parametrize("kind", ["sync"], indirect=True)
async def test_the_synchronous_client_refuses_what_arrives_asynchronously(client: AsyncAblageSDK) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"%PDF"

    with pytest.raises(ConfigurationError, match="use AsyncAblageSDK"):
        await client.documents.upload(pieces())


async def test_progress_reaches_the_total(client: AsyncAblageSDK, invoice: Path) -> None:
    content = unique(invoice) + b" " * 1_000_000
    seen: list[tuple[int, int | None]] = []
    await client.documents.upload(content, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1] == (len(content), len(content))


async def test_the_same_idempotency_key_creates_one_document(client: AsyncAblageSDK, invoice: Path) -> None:
    key, content = uuid.uuid4().hex, unique(invoice)
    first = await client.documents.upload(content, idempotency_key=key)
    second = await client.documents.upload(content, idempotency_key=key)
    assert first.id == second.id
    assert second.response_info is not None
    assert second.response_info.replayed


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda _: b"plain text", UnsupportedMediaTypeError, "DOC_INVALID_FORMAT"),
        (lambda _: b"", UnsupportedMediaTypeError, "DOC_INVALID_FORMAT"),
        (lambda folder: folder / "absent.pdf", ConfigurationError, "No such file"),
        (lambda folder: folder, ConfigurationError, "is a directory"),
        (lambda _: io.StringIO("text"), ConfigurationError, "mode 'rb'"),
        (lambda _: 17, ConfigurationError, "got int"),
    ],
)
async def test_what_cannot_be_uploaded_is_refused_with_the_reason(
    client: AsyncAblageSDK,
    tmp_path: Path,
    make: Callable[[Path], bytes],
    error: type[Exception],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        await client.documents.upload(make(tmp_path))


async def test_an_unknown_engine_is_refused_with_the_known_ones(
    client: AsyncAblageSDK, invoice: Path
) -> None:
    with pytest.raises(ValidationError, match="tesseract") as caught:
        await client.documents.upload(unique(invoice), ocr_backend="crystal-ball")
    assert caught.value.code == "OCR_BACKEND_UNKNOWN"
    assert caught.value.request_id


async def test_a_document_is_changed_only_by_who_knows_its_state(
    client: AsyncAblageSDK, invoice: Path
) -> None:
    uploaded = await client.documents.upload_and_wait(unique(invoice))
    read = await client.documents.get(uploaded.id)
    changed = await client.documents.update(
        read.id, tags=["x", "y"], metadata={"a": [1]}, filename="neu.pdf", if_match=read
    )
    assert (changed.tags, changed.metadata, changed.filename) == (["x", "y"], {"a": [1]}, "neu.pdf")
    with pytest.raises(PreconditionFailedError):
        await client.documents.update(read.id, tags=[], if_match=read)
    assert (await client.documents.update(read.id, tags=[])).tags == []


async def test_a_deleted_document_is_gone(client: AsyncAblageSDK, invoice: Path) -> None:
    document = await client.documents.upload(unique(invoice))
    await client.documents.delete(document.id)
    with pytest.raises(NotFoundError) as caught:
        await client.documents.get(document.id)
    assert caught.value.code == "DOC_NOT_FOUND"
    assert caught.value.response is not None
    assert caught.value.request_id == caught.value.response.headers["x-request-id"]


async def test_a_document_can_be_recognised_again(client: AsyncAblageSDK, invoice: Path) -> None:
    document = await client.documents.upload_and_wait(unique(invoice))
    again = await client.documents.reprocess(document.id, ocr_backend="text-layer")
    assert again.status in {"pending", "processing"}
    done = await client.documents.wait_for_completion(document.id, timeout=120)
    assert done.ocr_backend == "text-layer"


async def test_a_broken_document_says_why_it_failed(client: AsyncAblageSDK, invoice: Path) -> None:
    broken = invoice.with_name("broken.pdf")
    with pytest.raises(DocumentFailedError, match="DOC_CORRUPT") as caught:
        await client.documents.upload_and_wait(broken)
    assert caught.value.document.error is not None
    assert caught.value.document.error.code == "DOC_CORRUPT"
    document = await client.documents.wait_for_completion(caught.value.document.id, raise_on_failure=False)
    assert document.status == "failed"


async def test_waiting_ends_when_the_time_is_up(client: AsyncAblageSDK, invoice: Path) -> None:
    document = await client.documents.upload(invoice.with_name("letter.pdf"), ocr_backend="tesseract")
    with pytest.raises(TimeoutError) as caught:
        await client.documents.wait_for_completion(document.id, timeout=0.01)
    assert isinstance(caught.value, WaitTimeoutError)
    assert caught.value.document is not None
    assert (await client.documents.wait_for_completion(document.id)).status == "completed"


@pytest.mark.parametrize("document_id", ["", "..", "no-such-id", "a/b", "ä ?#"])
async def test_an_impossible_id_never_reaches_another_endpoint(
    client: AsyncAblageSDK, document_id: str
) -> None:
    with pytest.raises((ConfigurationError, NotFoundError)):
        await client.documents.get(document_id)
