"""Clients that keep an archive busy and remember what they were promised."""

from __future__ import annotations

import random
import threading
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from ablage_sdk import AblageError, AblageSDK, APIStatusError, ConflictError, NotFoundError
from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

CLIENTS = 4
#: Seconds before a client goes on after an error.
BACK_OFF = 0.2
#: What a client may be answered while something is being killed; everything else is a fault.
PARDONED = {HTTPStatus.SERVICE_UNAVAILABLE}


@dataclass
class Promise:
    """A document that was accepted, and what it may look like by now.

    Attributes:
        content: The bytes that were sent.
        tags: Every value that its tags may have: the last one that was confirmed, and those sent since.
        updates: How many changes were confirmed.
        deleted: Whether its deletion was confirmed; ``None`` when it was asked for and not answered.
    """

    content: bytes
    tags: list[list[str]] = field(default_factory=lambda: [[]])
    updates: int = 0
    deleted: bool | None = False


class Client(threading.Thread):
    """One program that uploads, reads, changes and deletes documents of its own until it is told to stop.

    Attributes:
        promises: What was accepted, by id.
        open: Uploads without an answer, by idempotency key: they may or may not have been accepted.
        faults: Answers that nobody should get, whatever is killed.
    """

    def __init__(self, sdk: AblageSDK, make_pdf: Callable[[str], bytes], seed: int) -> None:
        super().__init__(daemon=True)
        self._sdk = sdk
        self._make_pdf = make_pdf
        self._draw = random.Random(seed)
        self._halt = threading.Event()
        self.promises: dict[str, Promise] = {}
        self.open: dict[str, bytes] = {}
        self.faults: list[str] = []

    def run(self) -> None:
        """Do one thing after the other."""
        while not self._halt.is_set():
            self.act()

    def stop(self) -> None:
        """End after the present request."""
        self._halt.set()
        self.join(patient(120))
        assert not self.is_alive(), "a request hangs"

    def act(self) -> None:
        """Make one request of a random kind, or once more the upload that got no answer."""
        mine = [one for one, promise in self.promises.items() if promise.deleted is False]
        kind = self._draw.choices(["upload", "change", "read", "delete"], [5, 2, 2, 1])[0]
        try:
            if self.open:
                self.upload(next(iter(self.open)))
            elif kind == "upload" or not mine:
                key = uuid.uuid4().hex
                self.open[key] = self._make_pdf(f"Blatt {key}")
                self.upload(key)
            else:
                getattr(self, kind)(self._draw.choice(mine))
        except AblageError as error:
            self.judge(error, "upload" if self.open else kind)
            self._halt.wait(BACK_OFF)

    def upload(self, key: str) -> None:
        """Send an upload, for the first time or again; an answer makes it a promise."""
        content = self.open[key]
        document = self._sdk.documents.upload(content, filename="blatt.pdf", idempotency_key=key)
        del self.open[key]
        self.promises[document.id] = Promise(content)

    def read(self, one: str) -> None:
        document = self._sdk.documents.get(one)
        assert document.tags in self.promises[one].tags

    def change(self, one: str) -> None:
        promise, tags = self.promises[one], [uuid.uuid4().hex]
        promise.tags.append(tags)
        self._sdk.documents.update(one, tags=tags)
        promise.tags, promise.updates = [tags], promise.updates + 1

    def delete(self, one: str) -> None:
        promise = self.promises[one]
        promise.deleted = None
        self._sdk.documents.delete(one)
        promise.deleted = True

    def judge(self, error: AblageError, kind: str) -> None:
        """Keep what nobody should be answered."""
        if isinstance(error, NotFoundError) and kind == "delete" and error.attempts > 1:
            return  # the first attempt arrived, its answer did not
        if isinstance(error, ConflictError) and kind == "upload":
            return  # the first attempt still runs
        if isinstance(error, APIStatusError) and error.status_code not in PARDONED:
            self.faults.append(f"{kind}: {error!r}")


class Storm:
    """Several clients at once, for as long as the block does.

    Args:
        url: The address of the server.
        key: An API key.
        make_pdf: Makes a document with a text.
        seed: Of all random choices.
    """

    def __init__(self, url: str, key: str, make_pdf: Callable[[str], bytes], seed: int) -> None:
        self._sdk = AblageSDK(api_key=key, base_url=url, timeout=30, max_retries=2)
        self.clients = [Client(self._sdk, make_pdf, seed + number) for number in range(CLIENTS)]

    def __enter__(self) -> Self:
        for client in self.clients:
            client.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for client in self.clients:
            client.stop()

    def finish(self) -> dict[str, Promise]:
        """Send what got no answer once more, under the same keys, and return all promises."""
        for client in self.clients:
            for key in list(client.open):
                client.upload(key)
        self._sdk.close()
        faults = [fault for client in self.clients for fault in client.faults]
        assert not faults, faults
        return dict(item for client in self.clients for item in client.promises.items())


def living(promises: dict[str, Promise]) -> Iterable[tuple[str, Promise]]:
    """Return the promises of documents that must be there."""
    return ((one, promise) for one, promise in promises.items() if promise.deleted is False)
