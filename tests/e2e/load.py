"""Old and new clients at work, and what they must get to see."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ablage_client_compat import AblageClient, AsyncAblageClient
from ablage_sdk import AblageSDK, AsyncAblageSDK
from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from pydantic import JsonValue

#: Text, text of the OCR result, confidence, tags, metadata and bytes.
Shown: TypeAlias = "tuple[str, str, float, list[str], dict[str, JsonValue], bytes]"


@dataclass(frozen=True)
class Kept:
    """A document as it was stored."""

    id: str
    text: str
    confidence: float
    tags: list[str]
    metadata: dict[str, JsonValue]
    content: bytes

    def must_be(self, shown: Shown) -> None:
        """Compare it with what a client is shown."""
        stored = (self.text, self.text, self.confidence, self.tags, self.metadata, self.content)
        assert shown == stored, f"document {self.id}: {shown!r} instead of {stored!r}"


def read_new(sdk: AblageSDK, stored: Kept) -> None:
    """Read a document with the new client."""
    document = sdk.documents.get(stored.id)
    text = document.extracted_text or ""
    result = document.ocr_result.text if document.ocr_result else ""
    confidence = float(document.confidence_score or 0)
    content = sdk.documents.download(stored.id)
    stored.must_be((text.strip(), result.strip(), confidence, document.tags, document.metadata, content))


def read_old(client: AblageClient, stored: Kept) -> None:
    """Read a document with the old client."""
    document = client.documents.get(stored.id)
    result = document.ocr_result["content"].strip()
    content = client.documents.download(stored.id)
    stored.must_be(
        (
            document.ocr_text.strip(),
            result,
            document.confidence_score,
            document.tags,
            document.metadata,
            content,
        )
    )


class Load:
    """Clients at work.

    Args:
        url: Where they send their requests.
        key: The API key of all of them.
        rest: Seconds that each client rests between two documents.
        make_pdf: Makes their files.

    Attributes:
        kept: Every document that was stored, by id.
        failures: What any call raised, or showed wrongly.
        done: Kind of client → how often it did its work.
    """

    def __init__(self, url: str, key: str, rest: float, make_pdf: Callable[[str], bytes]) -> None:
        self.url, self.key, self.rest, self.make_pdf = url, key, rest, make_pdf
        self.kept: dict[str, Kept] = {}
        self.failures: list[str] = []
        self.done: dict[str, int] = {}
        self._stopping = threading.Event()
        self._numbers = itertools.count(1)

    @contextmanager
    def working(self, of_each_kind: int) -> Iterator[None]:
        """Have so many clients of each kind at work for as long as the block runs."""
        programs = (self._new, self._old, self._new_async, self._old_async)
        threads = [threading.Thread(target=program) for program in programs for _ in range(of_each_kind)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join(patient(120))
        assert not any(thread.is_alive() for thread in threads)

    def read_everything(self) -> None:
        """Read every document with both clients."""
        with AblageSDK(self.key, base_url=self.url) as sdk, AblageClient(self.key, self.url) as client:
            for stored in list(self.kept.values()):
                read_new(sdk, stored)
                read_old(client, stored)

    def store_old(self, client: AblageClient) -> Kept:
        """Store a document with the old client, give it tags and metadata, and find it by its tag."""
        text, content, tags, metadata = self._made_up()
        uploaded = client.documents.upload(content, filename=f"{tags[1]}.pdf")
        document = client.documents.wait_for_completion(uploaded.id, timeout=60, poll_interval=0.1)
        client.documents.update(document.id, tags=tags, metadata=metadata)
        found = client.list_documents(page=1, per_page=5, tag=tags[1])
        assert [each.id for each in found] == [document.id]
        return self._keep(Kept(document.id, text, 1.0, tags, metadata, content))

    def store_new(self, sdk: AblageSDK) -> Kept:
        """Do the same with the new client."""
        text, content, tags, metadata = self._made_up()
        document = sdk.documents.upload_and_wait(content, filename=f"{tags[1]}.pdf", timeout=60)
        sdk.documents.update(document.id, tags=tags, metadata=metadata)
        assert [each.id for each in sdk.documents.iterate(tag=tags[1])] == [document.id]
        return self._keep(Kept(document.id, text, 1.0, tags, metadata, content))

    def _made_up(self) -> tuple[str, bytes, list[str], dict[str, JsonValue]]:
        number = next(self._numbers)
        text = f"Rechnung Nr. {number:05}"
        return text, self.make_pdf(text), ["reise", f"n{number}"], {"nummer": number, "netto": 12.5}

    def _keep(self, document: Kept) -> Kept:
        self.kept[document.id] = document
        return document

    def _earlier(self) -> Kept:
        return random.choice(list(self.kept.values()))

    def _new(self) -> None:
        with AblageSDK(self.key, base_url=self.url) as sdk:

            async def once() -> None:
                read_new(sdk, self.store_new(sdk))
                read_new(sdk, self._earlier())

            asyncio.run(self._repeat("new", once))

    def _old(self) -> None:
        with AblageClient(self.key, self.url) as client:

            async def once() -> None:
                read_old(client, self.store_old(client))
                read_old(client, self._earlier())

            asyncio.run(self._repeat("old", once))

    def _new_async(self) -> None:
        """Go through everything that is there, in small pages."""

        async def work() -> None:
            async with AsyncAblageSDK(self.key, base_url=self.url) as sdk:

                async def once() -> None:
                    before = set(self.kept)
                    listed = [each.id async for each in sdk.documents.iterate(tag="reise", limit=7)]
                    assert len(listed) == len(set(listed)), "a document is listed twice"
                    assert before <= set(listed), f"{len(before - set(listed))} documents are not listed"

                await self._repeat("new async", once)

        asyncio.run(work())

    def _old_async(self) -> None:
        """Store documents that nobody gives a tag."""

        async def work() -> None:
            async with AsyncAblageClient(self.url, self.key) as client:

                async def once() -> None:
                    text, content, _, _ = self._made_up()
                    uploaded = await client.upload_document(content)
                    document = await client.wait_for_processing(uploaded.id, timeout=60)
                    assert document.ocr_text.strip() == text

                await self._repeat("old async", once)

        asyncio.run(work())

    async def _repeat(self, kind: str, once: Callable[[], Awaitable[None]]) -> None:
        """Do something until the end; write down what goes wrong."""
        while not self._stopping.is_set():
            try:
                await once()
            except Exception:  # noqa: BLE001 - whatever it is, a caller has seen it
                self.failures.append(f"{kind}: {traceback.format_exc(limit=-6)}")
            self.done[kind] = self.done.get(kind, 0) + 1
            await asyncio.sleep(self.rest)
