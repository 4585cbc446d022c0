"""Connections that die at the worst moment: after the server has accepted, before it has answered."""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from server_stub.testing import AblageServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.sdk.conftest import Library

UPLOADS = 1000


class KillingProxy:
    """Forwards TCP, and cuts some connections when the server's answer begins to arrive."""

    def __init__(self, url: str, share: float) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 80)
        self._share = share
        self._chance = random.Random(7)
        self._tasks: set[asyncio.Task[None]] = set()
        self.killed = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        tasks = [
            asyncio.create_task(self._copy(reader, back)),
            asyncio.create_task(self._answers(there, writer)),
        ]
        self._tasks.update(tasks)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for each in (writer, back):
            each.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if data.startswith(b"HTTP/1.1 201") and self._chance.random() < self._share:
                    self.killed += 1
                    writer.transport.abort()
                    return
                writer.write(data)
                await writer.drain()


@pytest.fixture
def quiet_server() -> AblageServer:
    """A server that only accepts: recognising a thousand documents is not what is tested."""
    return AblageServer(worker_concurrency=0)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("library", ["httpx2"], indirect=True)
async def test_a_thousand_uploads_with_killed_answers_make_a_thousand_documents(
    quiet_server: AblageServer, library: Library
) -> None:
    tag = uuid.uuid4().hex
    async with quiet_server as server:
        proxy = KillingProxy(server.url, share=0.3)
        async with (
            proxy.running() as url,
            server.async_sdk(base_url=url, http_library=library, max_retries=20, retry_budget=None) as sdk,
        ):
            remaining = iter(range(UPLOADS))

            async def upload() -> list[str]:
                return [
                    (await sdk.documents.upload(b"%%PDF-1.4 %d" % number, tags=[tag])).id
                    for number in remaining
                ]

            made = [each for ids in await asyncio.gather(*(upload() for _ in range(8))) for each in ids]
        async with server.async_sdk() as direct:
            there = [document.id async for document in direct.documents.iterate(tag=tag, limit=200)]
    assert proxy.killed > UPLOADS / 10
    assert len(made) == len(set(made)) == UPLOADS
    assert sorted(made) == sorted(there)
