"""Clients of both kinds behind one interface, and a scripted server for what must be forced."""

from __future__ import annotations

import importlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import anyio.to_thread
import pytest

from ablage_sdk import AblageSDK, AsyncAblageSDK, Page
from ablage_sdk._concurrency import AsyncRuntime, SyncRuntime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from server_stub.testing import AblageServer

EXAMPLES = Path(__file__).parents[2] / "examples" / "documents"
Kind: TypeAlias = Literal["sync", "async"]
Library: TypeAlias = Literal["httpx", "httpx2"]

DOCUMENT: dict[str, Any] = {
    "id": "0199d6a2-7c31-7b1e-9d2a-1c9a5f0e7b11",
    "filename": "rechnung.pdf",
    "status": "completed",
    "user_id": "0199d6a2-0000-7b1e-9d2a-1c9a5f0e7b00",
    "size": 3,
    "mime_type": "application/pdf",
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "page_count": 1,
    "document_type": None,
    "language": "de",
    "ocr_backend": "text-layer",
    "extracted_text": "Guten Tag",
    "confidence_score": 0.9876,
    "ocr_result": None,
    "tags": ["a"],
    "metadata": {},
    "error": None,
    "created_at": "2026-11-20T08:15:00Z",
    "updated_at": "2026-11-20T08:15:02.654321Z",
    "completed_at": "2026-11-20T08:15:02.654321Z",
}
V2 = {"x-api-version": "2.0", "x-api-supported-versions": "1.0, 2.0", "x-request-id": "r-1"}


class Threaded:
    """A synchronous client that looks like the asynchronous one, so that both run the same tests."""

    def __init__(self, target: object) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value):
            return Threaded(value) if type(value).__module__.startswith("ablage_sdk._sync") else value
        if name in {"iterate", "upload_many", "wait_many", "download_many", "stream", "with_options"}:
            return lambda *args, **kwargs: Threaded(value(*args, **kwargs))

        async def call(*args: object, **kwargs: object) -> Any:
            result = await anyio.to_thread.run_sync(partial(value, *args, **kwargs))
            return Threaded(result) if isinstance(result, Page) else result

        return call

    def __len__(self) -> int:
        return len(cast("Page[Any]", self._target))

    async def __aiter__(self) -> AsyncIterator[Any]:
        iterator, end = iter(cast("Any", self._target)), object()
        while (item := await anyio.to_thread.run_sync(next, iterator, end)) is not end:
            yield item

    async def __aenter__(self) -> Any:
        assert isinstance(self._target, AbstractContextManager)
        return Threaded(await anyio.to_thread.run_sync(self._target.__enter__))

    async def __aexit__(self, *exc: object) -> None:
        leave: Any = cast("Any", self._target).__exit__
        await anyio.to_thread.run_sync(leave, *exc)


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return cast("Kind", request.param)


@pytest.fixture
async def client(kind: Kind, server: AblageServer) -> AsyncIterator[AsyncAblageSDK]:
    """A client of the shared server, of either kind."""
    if kind == "sync":
        with server.sdk() as sdk:
            yield cast("AsyncAblageSDK", Threaded(sdk))
    else:
        async with server.async_sdk() as async_sdk:
            yield async_sdk


@pytest.fixture(scope="session")
def invoice() -> Path:
    """A born-digital PDF with two pages."""
    return EXAMPLES / "invoice.pdf"


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Makes waiting take no time; the list says how long each wait was to be."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(AsyncRuntime, "sleep", staticmethod(sleep))
    monkeypatch.setattr(SyncRuntime, "sleep", staticmethod(waited.append))
    return waited


@dataclass
class Reply:
    """An answer of the scripted server.

    ``error`` is the name of an exception of the HTTP library to raise instead; ``breaks`` breaks the
    connection after the body.
    """

    status: int = 200
    body: object = field(default_factory=lambda: dict(DOCUMENT))
    headers: dict[str, str] = field(default_factory=lambda: dict(V2))
    error: str | None = None
    breaks: bool = False

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def problem(status: int, code: str | None, **headers: str) -> Reply:
    """An error as v2 writes it."""
    body = {"title": "No", "status": status, "detail": "because", "code": code, "request_id": "r-1"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, body, {**V2, **named, "content-type": "application/problem+json"})


@dataclass
class Seen:
    """A request that the scripted server got."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Wire:
    """A server that answers what it was told to, through a transport of the HTTP library."""

    def __init__(self, kind: Kind, library: Library) -> None:
        self.kind = kind
        self.module = importlib.import_module(library)
        self.requests: list[Seen] = []
        self.replies: list[Reply | Callable[[Seen], Reply]] = []

    def answers(self, *replies: Reply | Callable[[Seen], Reply]) -> None:
        """Answer with these, and with the last one from then on."""
        self.replies = list(replies)

    def client(self, **options: Any) -> AsyncAblageSDK:
        """Return a client that talks to this server."""
        options = {"api_key": "ak_test_0123456789", "base_url": "http://archive.test", **options}
        transport = self.module.MockTransport(self._handle if self.kind == "sync" else self._handle_async)
        if self.kind == "sync":
            http = self.module.Client(transport=transport)
            return cast("AsyncAblageSDK", Threaded(AblageSDK(http_client=http, **options)))
        return AsyncAblageSDK(http_client=self.module.AsyncClient(transport=transport), **options)

    def _handle(self, request: Any) -> Any:
        return self._answer(request, request.read())

    async def _handle_async(self, request: Any) -> Any:
        return self._answer(request, await request.aread())

    def _answer(self, request: Any, content: bytes) -> Any:
        seen = Seen(
            request.method,
            request.url.raw_path.decode().partition("?")[0],
            dict(request.url.params),
            {name.lower(): value for name, value in request.headers.items()},
            content,
        )
        self.requests.append(seen)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        reply = reply if isinstance(reply, Reply) else reply(seen)
        if reply.error is not None:
            raise getattr(self.module, reply.error)("forced", request=request)
        body: object = reply.content
        if reply.breaks:
            body = (self._breaking if self.kind == "sync" else self._breaking_async)(reply.content)
        return self.module.Response(reply.status, content=body, headers=reply.headers)

    def _breaking(self, content: bytes) -> Iterator[bytes]:
        yield content
        raise self.module.ReadError("forced")

    async def _breaking_async(self, content: bytes) -> AsyncIterator[bytes]:
        yield content
        raise self.module.ReadError("forced")


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Library:
    return cast("Library", request.param)


@pytest.fixture
def wire(kind: Kind, library: Library) -> Wire:
    """A scripted server, for each kind of client and each HTTP library."""
    return Wire(kind, library)
