"""Connections that die at the worst moment: after the server has accepted, before it has answered."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import pytest

from server_stub.testing import AblageServer

if TYPE_CHECKING:
    from tests.sdk.conftest import Library

UPLOADS = 1000


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
        killed = server.faults.cut("after", on="POST */documents/upload", share=0.3)
        async with server.async_sdk(http_library=library, max_retries=20, retry_budget=None) as sdk:
            remaining = iter(range(UPLOADS))

            async def upload() -> list[str]:
                return [
                    (await sdk.documents.upload(b"%%PDF-1.4 %d" % number, tags=[tag])).id
                    for number in remaining
                ]

            made = [each for ids in await asyncio.gather(*(upload() for _ in range(8))) for each in ids]
            there = [document.id async for document in sdk.documents.iterate(tag=tag, limit=200)]
    assert killed.hits > UPLOADS / 10
    assert len(made) == len(set(made)) == UPLOADS
    assert sorted(made) == sorted(there)
