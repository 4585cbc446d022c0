"""Any client with any server: which version is spoken, and what happens when the server changes."""

from __future__ import annotations

import itertools
import time
import uuid
import warnings
from typing import TYPE_CHECKING, Any, cast

import pytest

from ablage_sdk import (
    AblageDeprecationWarning,
    APIConnectionError,
    AsyncAblageSDK,
    NotFoundError,
    UnsupportedByServer,
)
from server_stub.testing import AblageServer
from tests.sdk.conftest import DOCUMENT, V2, Reply, Threaded, problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.sdk.conftest import Kind, Seen, Wire

ID = str(DOCUMENT["id"])
V1_DOCUMENT: dict[str, Any] = {
    "id": ID,
    "filename": "rechnung.pdf",
    "status": "completed",
    "user_id": DOCUMENT["user_id"],
    "size": 3,
    "mime_type": "application/pdf",
    "document_type": None,
    "language": "de",
    "ocr_backend": "tesseract",
    "ocr_text": "Guten Tag",
    "confidence_score": 0.9876,
    "ocr_result": {
        "content": "Guten Tag",
        "score": 0.9876,
        "engine": "tesseract",
        "lang": "de",
        "page_count": 1,
        "duration": 0.5,
        "segments": [{"text": "Guten", "bbox": [0, 0, 9, 9], "conf": 0.9, "type": "text"}],
    },
    "tags": ["a"],
    "metadata": {},
    "error_message": None,
    "created_at": "2024-11-20T08:15:00",
    "updated_at": "2024-11-20T08:15:02",
    "completed_at": "2024-11-20T08:15:02",
}


class ChangingServer:
    """A server whose release changes: before 2.0, or 2.0 with the versions that are switched on.

    Release 0.9 has never heard of versions; what it answers to an address it lacks is the framework's.
    """

    def __init__(self, *, release: str = "2.0", enabled: tuple[str, ...] = ("1.0", "2.0")) -> None:
        self.release, self.enabled = release, enabled

    def __call__(self, seen: Seen) -> Reply:
        asked = "2.0" if seen.path.startswith("/api/v2") else "1.0"
        old = self.release != "2.0"
        headers = {**V2, "x-api-version": asked, "x-api-supported-versions": ", ".join(self.enabled)}
        if old:
            headers = {"x-api-version": "1.0"} if self.release == "1.0" else {}
        if old and (asked == "2.0" or seen.path == "/api"):
            code = {"code": "NOT_FOUND"} if self.release == "1.0" else {}
            return Reply(404, {"detail": "Not Found", **code}, headers)
        if seen.path == "/api":
            return Reply(200, {"release": "2.0.0"}, headers)
        if not old and asked not in self.enabled:
            return Reply(404, {"detail": "off", "code": "API_VERSION_DISABLED"}, headers)
        return Reply(
            201 if seen.method == "POST" else 200, V1_DOCUMENT if asked == "1.0" else DOCUMENT, headers
        )


def paths(wire: Wire) -> list[str]:
    return [
        seen.path.removeprefix("/api").split("/")[1] if seen.path != "/api" else "api"
        for seen in wire.requests
    ]


async def test_a_current_server_is_not_asked_what_it_speaks(wire: Wire) -> None:
    wire.answers(ChangingServer())
    client = wire.client()
    assert client.api_version is None
    for _ in range(3):
        await client.documents.get(ID)
    assert paths(wire) == ["v2"] * 3
    assert client.api_version == "2.0"


@pytest.mark.parametrize("release", ["1.0", "0.9"])
async def test_an_old_server_costs_one_request_once(wire: Wire, release: str) -> None:
    wire.answers(ChangingServer(release=release))
    client = wire.client()
    documents = [await client.documents.get(ID) for _ in range(3)]
    assert paths(wire) == ["v2", "v1", "v1", "v1"]
    assert documents[0].extracted_text == "Guten Tag"
    assert str(documents[0].confidence_score) == "0.9876"
    assert documents[0].ocr_result is not None
    assert documents[0].ocr_result.backend == "tesseract"
    assert documents[0].ocr_result.blocks[0].text == "Guten"
    assert documents[0].created_at.tzinfo is not None


async def test_variants_share_what_is_known(wire: Wire) -> None:
    wire.answers(ChangingServer(release="1.0"))
    client = wire.client()
    await client.documents.get(ID)
    await client.with_options(timeout=3).documents.get(ID)
    assert paths(wire) == ["v2", "v1", "v1"]


@pytest.mark.parametrize("after", ["2.0", "1.0"])
async def test_a_rolling_change_goes_unnoticed_both_ways(wire: Wire, after: str) -> None:
    server = ChangingServer(release="1.0" if after == "2.0" else "2.0")
    wire.answers(server)
    client = wire.client()
    assert (await client.documents.get(ID)).id == ID
    server.release = after
    for _ in range(3):
        assert (await client.documents.get(ID)).id == ID
    assert client.api_version == after
    for number in range(6):  # two releases behind one address
        server.release = ("1.0", "2.0")[number % 2]
        assert (await client.documents.upload(b"%PDF")).id == ID


class MixedFleet:
    """Seven documents in an archive behind several servers; each request goes to the next release."""

    IDS = tuple(f"0199d6a2-7c31-7b1e-9d2a-{number:012}" for number in range(7))

    def __init__(self, releases: str, *, v1_too: bool = True) -> None:
        self.releases = itertools.cycle(f"{number}.0" for number in releases)
        self.v1_too = v1_too

    def __call__(self, seen: Seen) -> Reply:
        release, v2 = next(self.releases), seen.path.startswith("/api/v2")
        headers = {"x-api-version": "2.0" if v2 else "1.0"}
        if release == "1.0" and v2:
            return Reply(404, {"detail": "Not Found", "code": "NOT_FOUND"}, {"x-api-version": "1.0"})
        if release == "2.0":
            headers["x-api-supported-versions"] = "1.0, 2.0" if self.v1_too else "2.0"
            if not v2 and not self.v1_too:
                return Reply(404, {"detail": "off", "code": "API_VERSION_DISABLED"}, headers)
        if v2:
            start = int(seen.query.get("cursor", "after-0").removeprefix("after-"))
            items = [{**DOCUMENT, "id": each} for each in self.IDS[start : start + 2]]
            more = start + 2 < len(self.IDS)
            cursor = f"after-{start + 2}" if more else None
            return Reply(200, {"items": items, "next_cursor": cursor, "has_more": more}, headers)
        page = int(seen.query["page"])
        items = [{**V1_DOCUMENT, "id": each} for each in self.IDS[2 * page - 2 : 2 * page]]
        return Reply(
            200, {"items": items, "total": 7, "page": page, "page_size": 2, "total_pages": 4}, headers
        )


@pytest.mark.parametrize("releases", ["1", "2", "12", "21", "2211", "1122", "221", "22122221"])
async def test_a_list_is_complete_whatever_release_answers_for_each_page(wire: Wire, releases: str) -> None:
    wire.answers(MixedFleet(releases))
    client = wire.client()
    for _ in range(3):
        assert [each.id async for each in client.documents.iterate(limit=2)] == list(MixedFleet.IDS)


async def test_an_upload_is_not_repeated_while_a_release_without_keys_may_be_there(wire: Wire) -> None:
    fleet, server = MixedFleet("1"), ChangingServer()
    client = wire.client()
    wire.answers(fleet)
    await client.documents.list(limit=2)
    wire.answers(server)
    await client.documents.get(ID)  # a newer release answers, which does not mean that the old one is gone
    sent = len(wire.requests)
    wire.answers(Reply(error="ReadError"), server)
    with pytest.raises(APIConnectionError):
        await client.documents.upload(b"%PDF")
    assert len(wire.requests) == sent + 1


async def test_an_upload_is_not_repeated_by_who_has_only_met_a_release_without_keys_however_long_ago(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.answers(MixedFleet("1"))
    client = wire.client()
    await client.documents.list(limit=2)
    later = time.monotonic() + 3_600
    monkeypatch.setattr(time, "monotonic", lambda: later)
    sent = len(wire.requests)
    wire.answers(Reply(error="ReadError"), ChangingServer())
    with pytest.raises(APIConnectionError):
        await client.documents.upload(b"%PDF")
    assert len(wire.requests) == sent + 1


async def test_an_upload_whose_answer_got_lost_is_not_sent_to_a_release_without_keys(wire: Wire) -> None:
    server = ChangingServer()
    client = wire.client()
    wire.answers(server)
    await client.documents.get(ID)
    sent = len(wire.requests)
    wire.answers(Reply(error="ReadError"), MixedFleet("1"))
    with pytest.raises(APIConnectionError):
        await client.documents.upload(b"%PDF")
    assert [request.path.split("/")[2] for request in wire.requests[sent:]] == ["v2", "v2"]


async def test_items_from_a_later_page_do_not_begin_anew_in_the_middle(wire: Wire) -> None:
    wire.answers(MixedFleet("2"))
    client = wire.client()
    first = await client.documents.list(limit=2)
    later = await first.next_page()
    assert later is not None
    wire.answers(MixedFleet("1"))
    with pytest.raises(UnsupportedByServer, match="start the list again"):
        [each.id async for each in later]


async def test_a_list_goes_on_when_v1_is_switched_off_in_the_middle(wire: Wire) -> None:
    wire.answers(MixedFleet("1"))
    items = wire.client().documents.iterate(limit=2).__aiter__()
    first = (await anext(items)).id
    wire.answers(MixedFleet("2", v1_too=False))
    assert [first, *[each.id async for each in items]] == list(MixedFleet.IDS)


async def test_a_page_whose_cursor_nobody_understands_any_more_says_so(wire: Wire) -> None:
    wire.answers(MixedFleet("2"))
    page = await wire.client().documents.list(limit=2)
    wire.answers(MixedFleet("1"))
    with pytest.raises(UnsupportedByServer, match="in the middle of a list; start the list again"):
        await page.next_page()


@pytest.mark.parametrize("enabled", ["1.0", "2.0"])
async def test_a_version_that_is_switched_off_is_left(wire: Wire, enabled: str) -> None:
    server = ChangingServer(enabled=(enabled,))
    wire.answers(server)
    client = wire.client()
    await client.documents.get(ID)
    assert client.api_version == enabled
    server.enabled = ("2.0",) if enabled == "1.0" else ("1.0",)
    await client.documents.get(ID)
    assert client.api_version == server.enabled[0]


async def test_what_can_be_sent_once_is_sent_in_the_right_version(wire: Wire) -> None:
    wire.answers(ChangingServer(release="1.0"))
    document = await wire.client().documents.upload(iter([b"%PDF"]))
    assert document.id == ID
    assert paths(wire) == ["api", "v1"]


async def test_a_missing_document_is_no_missing_version(wire: Wire) -> None:
    wire.answers(problem(404, "DOC_NOT_FOUND"))
    with pytest.raises(NotFoundError):
        await wire.client().documents.get(ID)
    assert paths(wire) == ["v2"]


async def test_an_address_without_a_server_is_named_as_the_cause(wire: Wire) -> None:
    wire.answers(Reply(404, b"<html>nginx</html>", {}))
    with pytest.raises(NotFoundError, match="check base_url"):
        await wire.client().documents.get(ID)
    assert paths(wire) == ["v2", "v1"]


async def test_what_v1_cannot_express_says_which_version_it_needs(wire: Wire) -> None:
    wire.answers(ChangingServer(release="1.0"))
    client = wire.client()
    await client.documents.get(ID)
    sent = len(wire.requests)
    calls: list[tuple[Callable[[], Awaitable[object]], str]] = [
        (lambda: client.documents.delete_many([ID]), "documents.delete_many"),
        (client.roles.list, "roles.list"),
        (lambda: client.documents.list(language="de"), r"documents.list\(language"),
        (lambda: client.documents.update(ID, tags=[], if_match='"x"'), r"documents.update\(if_match"),
        (lambda: client.users.create("a@example.com", "x", roles=["user", "viewer"]), "one role"),
    ]
    for call, name in calls:
        with pytest.raises(UnsupportedByServer, match=name) as caught:
            await call()
        assert caught.value.needs == "2.0"
    assert len(wire.requests) == sent


async def test_a_resource_that_the_release_lacks_is_no_missing_object(wire: Wire) -> None:
    wire.answers(ChangingServer(release="1.0"))
    client = wire.client()
    await client.documents.get(ID)
    wire.answers(Reply(404, {"detail": "No such address", "code": "NOT_FOUND"}, {"x-api-version": "1.0"}))
    with pytest.raises(UnsupportedByServer, match=r"webhooks\.list needs API version 2\.0"):
        await client.webhooks.list()


@pytest.fixture(scope="module")
def v1_server() -> Iterator[AblageServer]:
    """A server that has only v1."""
    with AblageServer(api_versions=("1.0",)) as server:
        yield server


@pytest.fixture
async def v1_client(kind: Kind, v1_server: AblageServer) -> AsyncIterator[AsyncAblageSDK]:
    """A client of it, of either kind."""
    if kind == "sync":
        with v1_server.sdk() as sdk:
            yield cast("AsyncAblageSDK", Threaded(sdk))
    else:
        async with v1_server.async_sdk() as async_sdk:
            yield async_sdk


@pytest.mark.filterwarnings("ignore::ablage_sdk.AblageDeprecationWarning")
async def test_documents_work_with_a_server_that_has_only_v1(
    v1_client: AsyncAblageSDK, invoice: Path
) -> None:
    sdk, tag = v1_client, uuid.uuid4().hex
    documents = [await sdk.documents.upload_and_wait(invoice, tags=[tag]) for _ in range(3)]
    assert sdk.api_version == "1.0"
    assert "Rechnung" in (documents[0].extracted_text or "")
    assert documents[0].ocr_result is not None
    assert documents[0].ocr_result.blocks
    found = [each.id async for each in sdk.documents.iterate(tag=tag, limit=2)]
    assert sorted(found) == sorted(each.id for each in documents)
    changed = await sdk.documents.update(documents[0].id, metadata={"a": 1})
    assert changed.metadata == {"a": 1}
    assert await sdk.documents.download(changed.id) == invoice.read_bytes()
    assert "Rechnung" in await sdk.documents.get_extracted_text(changed.id)
    await sdk.documents.delete(changed.id)
    with pytest.raises(NotFoundError, match="DOC_NOT_FOUND"):
        await sdk.documents.get(changed.id)


async def test_a_deprecation_is_announced_once_per_endpoint_at_the_callers_line(wire: Wire) -> None:
    announcement = {
        "deprecation": "@1767225600",
        "sunset": "Wed, 30 Jun 2027 00:00:00 GMT",
        "link": '</docs#old>; rel="deprecation", </api/v2/documents/x>; rel="successor-version"',
        "x-api-deprecation": "Use v2.",
    }
    wire.answers(Reply(headers={**V2, **announcement}))
    client = wire.client()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            await client.documents.get(ID)
        await client.documents.upload(b"%PDF")
    assert [str(each.message) for each in caught] == [
        f"{call}: the server has deprecated this endpoint since 2026-01-01; it will be removed on "
        "2027-06-30; its successor is /api/v2/documents/x. Use v2."
        for call in ("documents.get", "documents.upload")
    ]
    assert {each.category for each in caught} == {AblageDeprecationWarning}
    if wire.kind == "async":  # the synchronous client runs in a thread of the test's own making
        assert {each.filename for each in caught} == {__file__}


@pytest.mark.parametrize(
    "headers", [{"deprecation": "true"}, {"sunset": "soon"}, {"deprecation": "@99999999999999999999"}]
)
async def test_an_unreadable_announcement_is_one_nevertheless(wire: Wire, headers: dict[str, str]) -> None:
    wire.answers(Reply(headers={**V2, **headers}))
    with pytest.warns(AblageDeprecationWarning, match="has deprecated this endpoint"):
        await wire.client().documents.get(ID)
