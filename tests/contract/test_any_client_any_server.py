"""Every client × every server × every schema: the same documents, texts, tags and bytes come out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest

from ablage_client_compat import AblageClient, AblageNotFoundError, AsyncAblageClient
from ablage_sdk import AblageSDK, NotFoundError, UnsupportedByServer
from server_stub.testing import AblageServer
from tests.patience import until
from tests.sdk.conftest import Threaded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from ablage_client_compat import Document
    from ablage_sdk import AsyncAblageSDK
    from server_stub.releases import ReleaseName

pytestmark = pytest.mark.filterwarnings(
    "ignore::ablage_client_compat.AblageDeprecationWarning", "ignore::ablage_sdk.AblageDeprecationWarning"
)


#: Seconds between two looks of the old clients.
POLL = 0.05


@dataclass(frozen=True)
class Server:
    """A release, the versions of the API that are on, and the schema below it."""

    release: ReleaseName
    versions: str
    schema: str

    @property
    def has_v2(self) -> bool:
        return "2" in self.versions

    @property
    def has_webhooks(self) -> bool:
        return self.release == "2.0"

    def __str__(self) -> str:
        return f"{self.release}, API {self.versions}, {self.schema}"


#: Every server on every schema that it supports, see `server_stub.migrations.guard`.
SERVERS = (
    Server("1.0", "1", "v1.0"),
    Server("1.0", "1", "v2.0-expand"),
    *(Server("2.0", on, schema) for schema in ("v2.0-expand", "v2.0") for on in ("1", "2", "1,2")),
)


@dataclass(frozen=True)
class Target:
    """A running server, and a user that the old clients log in as."""

    server: AblageServer
    kind: Server
    email: str
    password: str


@dataclass(frozen=True)
class Paper:
    """What a client is given: a file, whose text has a word that no other has, and a tag of its own."""

    path: Path
    word: str
    tag: str

    @property
    def text(self) -> str:
        return f"Rechnung {self.word} vom Amt"


@dataclass(frozen=True)
class Seen:
    """What a client gets to see of it; ``None`` where its API has no words for it."""

    text: str
    confidence: float
    result: tuple[str, float, tuple[str, ...]]
    tags: tuple[str, ...]
    listed: bool
    found: bool | None = None
    changed: tuple[tuple[str, ...], Mapping[str, object]] | None = None
    content: bytes | None = None
    gone: bool | None = None


METADATA: dict[str, JsonValue] = {"konto": 4711, "ä": [1.5]}
CHANGED_TAGS = ["bezahlt", "2026"]


def expected(paper: Paper, client: str) -> Seen:
    """Say what a client sees, whatever is on the other side."""
    asynchronous = client == "AsyncAblageClient"  # it has no words for changes and downloads
    return Seen(
        text=paper.text,
        confidence=1.0,
        result=(paper.text, 1.0, (paper.text,)),
        tags=(paper.tag, "eingang"),
        listed=True,
        found=None if client == "AblageClient, dialect A" else True,  # nor this one for searching
        changed=None if asynchronous else (tuple(CHANGED_TAGS), METADATA),
        content=None if asynchronous else paper.path.read_bytes(),
        gone=None if asynchronous else True,
    )


async def new(sdk: AsyncAblageSDK, paper: Paper) -> Seen:
    """Do it with the new client."""
    document = await sdk.documents.upload_and_wait(paper.path, tags=[paper.tag, "eingang"])
    result = document.ocr_result
    assert result is not None
    listed = [each.id async for each in sdk.documents.iterate(tag=paper.tag)]
    found = [each.id async for each in await sdk.documents.search(paper.word)]
    changed = await sdk.documents.update(document.id, tags=CHANGED_TAGS, metadata=METADATA)
    content = await sdk.documents.download(document.id)
    await sdk.documents.delete(document.id)
    with pytest.raises(NotFoundError, match="DOC_NOT_FOUND"):
        await sdk.documents.get(document.id)
    return Seen(
        text=(document.extracted_text or "").strip(),
        confidence=float(document.confidence_score or 0),
        result=(result.text.strip(), float(result.confidence), tuple(each.text for each in result.blocks)),
        tags=tuple(document.tags),
        listed=listed == [document.id],
        found=found == [document.id],
        changed=(tuple(changed.tags), changed.metadata),
        content=content,
        gone=True,
    )


async def new_sync(target: Target, paper: Paper) -> Seen:
    """Do it with the synchronous client."""
    with target.server.sdk() as sdk:
        return await new(cast("AsyncAblageSDK", Threaded(sdk)), paper)


async def new_async(target: Target, paper: Paper) -> Seen:
    """Do it with the asynchronous client."""
    async with target.server.async_sdk() as sdk:
        return await new(sdk, paper)


def seen_before(document: Document, **rest: Any) -> Seen:
    """Read a document of the old clients."""
    result = document.ocr_result
    return Seen(
        text=document.ocr_text.strip(),
        confidence=document.confidence_score,
        result=(
            result["content"].strip(),
            result["score"],
            tuple(segment["text"] for segment in result["segments"]),
        ),
        tags=tuple(document.tags),
        **rest,
    )


async def old_resources(target: Target, paper: Paper) -> Seen:
    """Do it with resources (dialect A)."""
    with AblageClient(target.server.api_key, target.server.url) as client:
        uploaded = client.documents.create(file_path=str(paper.path), tags=[paper.tag, "eingang"])
        document = client.documents.wait_for_completion(uploaded.id, poll_interval=POLL)
        assert client.documents.get_ocr_text(document.id) == document.ocr_text
        listed = [each.id for each in client.documents.list(page_size=100)]
        changed = client.documents.update(document.id, tags=CHANGED_TAGS, metadata=METADATA)
        content = client.documents.download(document.id)
        client.documents.delete(document.id)
        with pytest.raises(AblageNotFoundError):
            client.documents.get(document.id)
    return seen_before(
        document,
        listed=document.id in listed,
        changed=(tuple(changed.tags), changed.metadata),
        content=content,
        gone=True,
    )


async def old_json(target: Target, paper: Paper) -> Seen:
    """Do it with methods that return JSON (dialect B)."""
    with AblageClient(target.server.url, api_version="v1") as client:
        assert client.login(target.email, target.password)["access_token"]
        uploaded = client.upload_document(paper.path, tags=[paper.tag, "eingang"])
        until(
            lambda: client.get_ocr_status(uploaded["id"])["status"] in {"completed", "failed"},
            "the document is recognised",
        )
        document = client.get_document(uploaded["id"])
        assert document["extracted_text"] == document["ocr_text"]
        listed = client.list_documents(page=1, per_page=5, tag=paper.tag)
        assert listed["pagination"]["total"] == 1
        found = client.search_documents(query=paper.word)["data"]
        changed = client.update_document(document_id=document["id"], tags=CHANGED_TAGS, metadata=METADATA)
        content = client.download_document(document["id"])
        client.delete_document(document["id"])
        with pytest.raises(AblageNotFoundError):
            client.get_document(document["id"])
        client.logout()
    return seen_before(
        document,
        listed=[each["id"] for each in listed["data"]] == [document["id"]],
        found=[each["id"] for each in found] == [document["id"]],
        changed=(tuple(changed["tags"]), changed["metadata"]),
        content=content,
        gone=True,
    )


async def old_objects(target: Target, paper: Paper) -> Seen:
    """Do it with methods that return objects (dialect C)."""
    with AblageClient(base_url=target.server.url, timeout=30.0) as client:
        assert client.login(target.email, target.password)
        uploaded = client.upload_document(paper.path, tags=[paper.tag, "eingang"], priority=5)
        document = client.wait_for_processing(uploaded.id, poll_interval=POLL)
        listed = [each.id for each in client.list_documents("completed", limit=50)]
        found = [each.id for each in client.search_documents(paper.word, limit=3)]
        changed = client.update_document(document.id, tags=CHANGED_TAGS, metadata=METADATA)
        content = client.download_document(document.id)
        client.delete_document(document.id)
        with pytest.raises(AblageNotFoundError):
            client.get_document(document.id)
    return seen_before(
        document,
        listed=document.id in listed,
        found=found == [document.id],
        changed=(tuple(changed.tags), changed.metadata),
        content=content,
        gone=True,
    )


async def old_async(target: Target, paper: Paper) -> Seen:
    """Do it with the old asynchronous client (dialect C)."""
    async with AsyncAblageClient(target.server.url, target.server.api_key) as client:
        (uploaded,) = await client.upload_many([paper.path], tags=[paper.tag, "eingang"])
        (document,) = await client.wait_for_all([uploaded.id], timeout=60)
        listed = [each.id for each in await client.list_documents(limit=50)]
        found = [each.id for each in await client.search_documents(paper.word, limit=3)]
    return seen_before(document, listed=document.id in listed, found=found == [document.id])


CLIENTS: Mapping[str, Callable[[Target, Paper], Awaitable[Seen]]] = {
    "AblageSDK": new_sync,
    "AsyncAblageSDK": new_async,
    "AblageClient, dialect A": old_resources,
    "AblageClient, dialect B": old_json,
    "AblageClient, dialect C": old_objects,
    "AsyncAblageClient": old_async,
}


@pytest.fixture(scope="module", params=SERVERS, ids=str)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Each server in turn; all clients use the same one."""
    kind: Server = request.param
    email, password = "ada@example.org", secrets.token_urlsafe(16)
    with AblageServer(release=kind.release, api_versions=kind.versions, schema=kind.schema) as server:
        with server.sdk() as admin:
            admin.users.create(email, password, roles=["user"])
        yield Target(server, kind, email, password)


@pytest.fixture
def paper(tmp_path: Path, make_pdf: Callable[[str], bytes]) -> Paper:
    """A document that nobody has uploaded yet."""
    found = Paper(tmp_path / "rechnung.pdf", f"wort{secrets.token_hex(6)}", secrets.token_hex(6))
    found.path.write_bytes(make_pdf(found.text))
    return found


@pytest.mark.parametrize("client", CLIENTS)
async def test_every_client_sees_the_same_of_every_server(client: str, target: Target, paper: Paper) -> None:
    assert await CLIENTS[client](target, paper) == expected(paper, client)


def test_what_one_client_stores_every_other_reads(target: Target, paper: Paper) -> None:
    with target.server.sdk() as sdk, AblageClient(target.server.api_key, target.server.url) as old:
        by_new = sdk.documents.upload_and_wait(paper.path, tags=["neu"]).id
        by_old = old.documents.wait_for_completion(
            old.documents.upload(paper.path, tags=["alt"]).id, poll_interval=POLL
        ).id
        for document_id, tag in ((by_new, "neu"), (by_old, "alt")):
            one, other = sdk.documents.get(document_id), old.documents.get(document_id)
            assert one.extracted_text == other.ocr_text
            assert float(one.confidence_score or 0) == other.confidence_score == 1.0
            assert one.tags == other.tags == [tag]
            assert one.created_at == other.created_at
            assert sdk.documents.download(document_id) == old.documents.download(document_id)


#: Call → what it needs of a server, which not all have.
NOT_EVERYWHERE: Mapping[str, tuple[str, Callable[[AblageSDK], object]]] = {
    "documents.delete_many": ("has_v2", lambda sdk: sdk.documents.delete_many([str(UUID(int=0))])),
    "documents.list(language=…)": ("has_v2", lambda sdk: sdk.documents.list(language="de")),
    "documents.list(ocr_backend=…)": ("has_v2", lambda sdk: sdk.documents.list(ocr_backend="auto")),
    "users.create with two roles": ("has_v2", lambda sdk: sdk.users.create(
        f"{secrets.token_hex(4)}@example.org", "correct horse battery", roles=["user", "viewer"])),
    "roles.list": ("has_v2", lambda sdk: sdk.roles.list()),
    "webhooks.list": ("has_webhooks", lambda sdk: sdk.webhooks.list()),
    "webhooks.create": ("has_webhooks", lambda sdk: sdk.webhooks.create(
        "http://127.0.0.1:9/", event_types=["document.created"])),
}  # fmt: skip


@pytest.mark.parametrize("call", NOT_EVERYWHERE)
def test_what_a_server_cannot_express_is_said(call: str, target: Target) -> None:
    needs, ask = NOT_EVERYWHERE[call]
    with target.server.sdk() as sdk:
        sdk.documents.list(limit=1)
        if getattr(target.kind, needs):
            ask(sdk)
        else:
            with pytest.raises(UnsupportedByServer, match="upgrade the server") as caught:
                ask(sdk)
            assert caught.value.needs == "2.0"
