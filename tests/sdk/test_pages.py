"""Lists: pages, prefetch, empty pages, rows that are added meanwhile."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tests.sdk.conftest import DOCUMENT, V2, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from ablage_sdk import AsyncAblageSDK
    from tests.sdk.conftest import Seen, Wire


def page(ids: list[str], cursor: str | None) -> Reply:
    items = [{**DOCUMENT, "id": each} for each in ids]
    return Reply(
        body={"items": items, "next_cursor": cursor, "has_more": cursor is not None}, headers=dict(V2)
    )


async def test_iteration_goes_through_all_pages_and_empty_ones(wire: Wire) -> None:
    wire.answers(page(["1", "2"], "a"), page([], "b"), page([], "c"), page(["3"], None))
    client = wire.client()
    assert [document.id async for document in client.documents.iterate(limit=2)] == ["1", "2", "3"]
    assert [seen.query.get("cursor") for seen in wire.requests] == [None, "a", "b", "c"]
    assert {seen.query["limit"] for seen in wire.requests} == {"2"}


async def test_pages_can_be_turned_by_hand(wire: Wire) -> None:
    wire.answers(page(["1"], "a"), page(["2"], None))
    first = await wire.client().documents.list(tag="x")
    assert [each.id for each in first.items] == ["1"]
    assert (len(first), first.has_more, first.next_cursor) == (1, True, "a")
    assert first.response_info is not None
    assert first.response_info.request_id == "r-1"
    second = await first.next_page()
    assert second is not None
    assert [each.id for each in second.items] == ["2"]
    assert await second.next_page() is None
    assert wire.requests[1].query == {"tag": "x", "cursor": "a"}


async def test_the_next_page_is_fetched_while_this_one_is_worked_on(wire: Wire) -> None:
    wire.answers(page(["1", "2", "3"], "a"), page(["4"], None))
    fetched: list[int] = []
    async for _ in wire.client().documents.iterate():
        await_for = 0
        while len(wire.requests) < 2 and fetched and await_for < 1000:
            await_for += 1
            await _tick()
        fetched.append(len(wire.requests))
    assert fetched[0] == 1, "who takes one item may not want more"
    assert fetched[1:] == [2, 2, 2]


async def _tick() -> None:
    import anyio  # noqa: PLC0415

    await anyio.lowlevel.checkpoint()
    await anyio.sleep(0.005)


async def test_nothing_is_repeated_on_a_v1_server_that_gets_new_rows(wire: Wire) -> None:
    rows = [f"{number:02}" for number in range(10, 0, -1)]

    def answer(seen: Seen) -> Reply:
        if seen.path.startswith("/api/v2"):
            return Reply(404, {"detail": "Not Found"}, {})
        number, size = int(seen.query["page"]), int(seen.query["page_size"])
        items = [{**DOCUMENT, "id": each} for each in rows[(number - 1) * size : number * size]]
        pages = -(-len(rows) // size)
        rows.insert(0, f"new{number}")
        return Reply(
            body={
                "items": items,
                "total": len(rows),
                "page": number,
                "page_size": size,
                "total_pages": pages,
            },
            headers={},
        )

    wire.answers(answer)
    found = [document.id async for document in wire.client().documents.iterate(limit=3)]
    assert found == [f"{number:02}" for number in range(10, 0, -1)]


async def test_no_row_is_repeated_or_dropped_while_rows_are_added(
    client: AsyncAblageSDK, invoice: Path
) -> None:
    tag = uuid.uuid4().hex
    before = [
        (await client.documents.upload(invoice, tags=[tag], ocr_backend="text-layer")).id for _ in range(5)
    ]
    seen: list[str] = []
    async for document in client.documents.iterate(tag=tag, limit=2):
        seen.append(document.id)
        if len(seen) <= 3:
            await client.documents.upload(invoice, tags=[tag], ocr_backend="text-layer")
    assert [each for each in seen if each in before] == list(reversed(before))
    assert len(seen) == len(set(seen))


async def test_lists_are_filtered(client: AsyncAblageSDK, invoice: Path) -> None:
    tag = uuid.uuid4().hex
    first = await client.documents.upload_and_wait(invoice, tags=[tag], document_type="invoice")
    second = await client.documents.upload_and_wait(invoice, tags=[tag])
    documents = client.documents
    assert [each.id for each in (await documents.list(tag=tag, order="asc")).items] == [first.id, second.id]
    assert [each.id for each in (await documents.list(tag=tag, document_type="invoice")).items] == [first.id]
    later = await documents.list(tag=tag, created_after=first.created_at)
    assert [each.id for each in later.items] == [second.id]
    assert (await documents.list(tag=tag, status="failed")).items == []
    listed = (await documents.list(tag=tag, limit=1)).items[0]
    full = (await documents.list(tag=tag, limit=1, include=["ocr_result"])).items[0]
    assert listed.ocr_result is not None
    assert full.ocr_result is not None
    assert listed.ocr_result.blocks == []
    assert full.ocr_result.blocks
