"""Helpers for the tests of the HTTP contract."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest

from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server_stub.testing import AblageServer, Account

Json = dict[str, Any]


class Finished(Protocol):
    """Waits until a document is completed or failed, and returns it."""

    def __call__(self, document_id: str, client: httpx.Client = ...) -> Json: ...


class Upload(Protocol):
    """Uploads a PDF that says something and returns the v2 document, finished unless told otherwise."""

    def __call__(
        self, text: str = ..., *, client: httpx.Client = ..., wait: bool = ..., **fields: object
    ) -> Json: ...


@pytest.fixture(scope="session")
def client_of(server: AblageServer) -> Iterator[Callable[[Account], httpx.Client]]:
    """Makes an HTTP client of an account."""
    made: list[httpx.Client] = []

    def make(account: Account) -> httpx.Client:
        client = httpx.Client(base_url=server.url, headers=account.headers, timeout=patient(60))
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def anybody(server: AblageServer) -> Iterator[httpx.Client]:
    """An HTTP client without any credential."""
    with httpx.Client(base_url=server.url, timeout=patient(60)) as client:
        yield client


@pytest.fixture(scope="session")
def finished(http: httpx.Client) -> Finished:
    admin = http

    def wait(document_id: str, client: httpx.Client = admin) -> Json:
        def look() -> Json | None:
            document: Json = client.get(f"/api/v2/documents/{document_id}").json()
            return document if document["status"] in {"completed", "failed"} else None

        found = until(look, f"document {document_id} is finished")
        assert found is not None
        return found

    return wait


@pytest.fixture(scope="session")
def upload(http: httpx.Client, make_pdf: Callable[[str], bytes], finished: Finished) -> Upload:
    admin = http

    def send(
        text: str = "Rechnung", *, client: httpx.Client = admin, wait: bool = True, **fields: object
    ) -> Json:
        name = f"{uuid.uuid4().hex}.pdf"
        answer = client.post("/api/v2/documents", files={"file": (name, make_pdf(text))}, data=fields)
        assert answer.status_code == 201, answer.text
        document: Json = answer.json()
        return finished(document["id"], client) if wait else document

    return send
