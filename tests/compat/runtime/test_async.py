"""The async client of dialect C, against servers with v1, v2 and both."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

import pytest

from ablage_client_compat import AblageAPIError, AblageError, AblageNotFoundError, AsyncAblageClient

from .conftest import BROKEN, INVOICE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ablage_client_compat import Document
    from server_stub.testing import AblageServer


@pytest.fixture
async def aclient(any_server: AblageServer) -> AsyncIterator[AsyncAblageClient]:
    async with AsyncAblageClient(any_server.url, any_server.api_key) as client:
        yield client


async def test_many_documents_at_a_time(aclient: AsyncAblageClient) -> None:
    documents = await aclient.upload_many([INVOICE, str(INVOICE), INVOICE], concurrency=2)
    done = await aclient.wait_for_all([document.id for document in documents], timeout=120)
    assert [document.id for document in done] == [document.id for document in documents]
    assert {document.status for document in done} == {"completed"}
    again = await aclient.reprocess_document(done[0].id, "text-layer")
    assert again.status == "pending"
    assert (await aclient.wait_for_processing(done[0].id, timeout=120)).status == "completed"
    assert [document.id for document in await aclient.list_documents("completed", limit=2)] == [
        document.id
        for document in (await aclient.list_documents(limit=2, status="completed", offset=0)).items
    ]


async def test_one_document(aclient: AsyncAblageClient, done: Document) -> None:
    assert (await aclient.get_document(done.id)).ocr_text == done.ocr_text
    uploaded = await aclient.upload_document(INVOICE, ocr_backend="auto", priority=5)
    assert (await aclient.batch_upload([INVOICE]))[0].filename == uploaded.filename == "invoice.pdf"
    found = await aclient.search_documents("Rechnung", limit=2)
    assert "Rechnung" in found[0].extracted_text
    assert len(found) <= 2


async def test_errors_are_the_old_ones(aclient: AsyncAblageClient) -> None:
    with pytest.raises(AblageNotFoundError):
        await aclient.get_document("0192f0c0-0000-7000-8000-000000000000")
    broken = await aclient.upload_document(BROKEN)
    with pytest.raises(AblageAPIError, match="failed"):
        await aclient.wait_for_all([broken], timeout=120)
    with pytest.raises(FileNotFoundError):
        await aclient.upload_many(["nothing.pdf", INVOICE])


async def test_logging_in(aclient: AsyncAblageClient, any_server: AblageServer) -> None:
    with any_server.sdk() as sdk:
        sdk.users.create(email := f"async-{id(aclient)}@example.org", "correct horse battery", roles=["user"])
    async with AsyncAblageClient(any_server.url) as person:
        assert await person.login(email, "correct horse battery")
        assert len(await person.list_documents()) == 0


def test_one_client_in_several_event_loops(any_server: AblageServer, done: Document) -> None:
    client = AsyncAblageClient(any_server.url, any_server.api_key)
    for _ in range(3):
        assert asyncio.run(client.get_document(done.id)).id == done.id
    asyncio.run(client.close())


async def test_methods_give_coroutines_for_tasks(aclient: AsyncAblageClient, done: Document) -> None:
    work = aclient.get_document(done.id)
    assert inspect.isawaitable(work)
    one, two = await asyncio.gather(asyncio.create_task(aclient.get_document(done.id)), work)
    assert one == two


async def test_pages_say_that_they_cannot_count(aclient: AsyncAblageClient, done: Document) -> None:
    uploaded = await aclient.upload_document(INVOICE)
    assert uploaded.id != done.id
    everything = await aclient.list_documents(limit=200)
    assert everything.total == len(everything) >= 2
    part = await aclient.list_documents(limit=1)
    assert part[0].id == uploaded.id
    try:
        assert part.total == len(everything)  # a server with v1 only says it unasked
    except AblageError as error:
        assert "no total" in error.message  # noqa: PT017  # either way is right


def test_unknown_names_name_the_nearest() -> None:
    with pytest.raises(
        AttributeError, match="'AsyncAblageClient' has no attribute 'wait_all'; did you mean 'wait_for_all'"
    ):
        AsyncAblageClient("http://127.0.0.1:9").wait_all  # type: ignore[attr-defined]  # noqa: B018  # on purpose
