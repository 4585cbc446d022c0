"""Below the methods: the answers that results are read from, and requests that no method makes."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import TYPE_CHECKING

import pytest

from ablage_sdk import (
    AblageSDK,
    AsyncAblageSDK,
    ConfigurationError,
    Document,
    NotFoundError,
    ResponseValidationError,
    User,
)
from tests.sdk.conftest import DOCUMENT, V2, Reply, problem

if TYPE_CHECKING:
    from pathlib import Path

    from server_stub.testing import AblageServer
    from tests.sdk.conftest import Wire

RESOURCES = ("documents", "users", "roles", "api_keys", "webhooks", "analytics", "auth", "health")


@pytest.mark.parametrize("name", RESOURCES)
def test_every_method_that_sends_a_request_has_a_raw_form_with_the_same_signature(name: str) -> None:
    resource = getattr(AsyncAblageSDK("k"), name)
    sending = {
        method: inspect.signature(value)
        for method, value in inspect.getmembers(resource, inspect.iscoroutinefunction)
        if method[0] != "_"
    }
    for kind in (AsyncAblageSDK, AblageSDK):
        raw = getattr(kind("k"), name).with_raw_response
        names = {method for method in dir(raw) if method[0] != "_"}
        assert names == sending.keys()
        for method, signature in sending.items():
            assert list(inspect.signature(getattr(raw, method)).parameters) == list(signature.parameters)


async def test_a_raw_answer_has_status_headers_and_the_parsed_result(wire: Wire) -> None:
    wire.answers(Reply(headers={**V2, "etag": '"e"'}))
    client = wire.client()
    raw = await client.documents.with_raw_response.get("x")
    assert (raw.status_code, raw.headers["etag"], raw.request_id) == (200, '"e"', "r-1")
    assert raw.parse() == await client.documents.get("x")
    assert raw.json() == DOCUMENT
    assert json.loads(raw.content) == DOCUMENT
    assert "Guten Tag" not in repr(raw)


async def test_a_raw_answer_that_cannot_be_read_can_still_be_looked_at(wire: Wire) -> None:
    wire.answers(Reply(body=b"<html>hello</html>"))
    raw = await wire.client().documents.with_raw_response.get("x")
    assert raw.content == b"<html>hello</html>"
    with pytest.raises(ResponseValidationError, match="not a valid Document"):
        raw.parse()


async def test_errors_are_raised_by_raw_methods_too(wire: Wire) -> None:
    wire.answers(problem(404, "DOC_NOT_FOUND"))
    with pytest.raises(NotFoundError, match=r"documents\.get: because"):
        await wire.client().documents.with_raw_response.get("x")


async def test_raw_answers_of_tasks_do_not_mix(server: AblageServer, invoice: Path) -> None:
    async with server.async_sdk() as sdk:
        ids = [(await sdk.documents.upload(invoice, filename=f"{n}.pdf")).id for n in range(4)]
        raws = await asyncio.gather(*(sdk.documents.with_raw_response.get(each) for each in ids * 3))
        assert [raw.parse().id for raw in raws] == ids * 3
        assert len({raw.request_id for raw in raws}) == len(raws)
        page = (await sdk.documents.with_raw_response.list(limit=2)).parse()
        assert len({each.id async for each in page} & set(ids)) == 4


async def test_a_download_knows_its_answer(client: AsyncAblageSDK, invoice: Path, tmp_path: Path) -> None:
    document = await client.documents.upload(invoice)
    raw = await client.documents.with_raw_response.download(document.id)
    assert raw.parse() == invoice.read_bytes()
    assert raw.headers["content-type"] == "application/pdf"
    to_file = await client.documents.with_raw_response.download(document.id, tmp_path)
    assert to_file.parse().read_bytes() == invoice.read_bytes()


async def test_a_request_of_ones_own(client: AsyncAblageSDK, invoice: Path) -> None:
    document = await client.documents.upload_and_wait(invoice)
    path = f"/api/v2/documents/{document.id}"
    assert (await client.request("get", path, cast_to=Document)).id == document.id
    raw = await client.request("GET", f"/api/v1/documents/{document.id}")
    old = raw.parse()
    assert isinstance(old, dict)
    assert old["ocr_text"] == document.extracted_text
    assert raw.headers["x-api-version"] == "1.0"
    changed = await client.request("PATCH", path, json={"tags": ["a", "b"]}, cast_to=Document)
    assert changed.tags == ["a", "b"]
    listed = await client.request("GET", "/api/v2/documents", query={"limit": 1, "cursor": None})
    assert len(listed.json()["items"]) == 1  # type: ignore[index, arg-type, call-overload]  # JSON
    gone = await client.request("DELETE", path)
    assert (gone.status_code, gone.content, gone.parse()) == (204, b"", None)
    with pytest.raises(NotFoundError, match=f"GET {path}"):
        await client.request("GET", path)


async def test_a_request_of_ones_own_is_retried_under_one_key(wire: Wire, sleeps: list[float]) -> None:
    wire.answers(problem(503, "SYS_OVERLOADED"), Reply(body={"id": "u", "email": "a@b.example", "roles": []}))
    user = await wire.client().request(
        "POST", "/api/v2/users", json={"email": "a@b.example"}, headers={"X-Extra": "1"}, cast_to=User
    )
    assert user.request_id == "r-1"
    first, second = wire.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert second.headers["x-extra"] == "1"
    assert second.json == {"email": "a@b.example"}
    assert len(sleeps) == 1


@pytest.mark.parametrize(
    "path",
    ["api/v2/documents", "//evil.example/", "https://evil.example/", "/a?b=1", "/a b", "/a#b", "/\\e", ""],
)
async def test_a_request_stays_on_the_server(wire: Wire, path: str) -> None:
    with pytest.raises(ConfigurationError, match="path must look like"):
        await wire.client().request("GET", path)
    assert not wire.requests


async def test_an_address_that_a_server_lacks_is_not_found_whatever_it_speaks(wire: Wire) -> None:
    old = {"x-api-version": "1.0"}
    lacking = Reply(404, {"detail": "Not Found", "code": "NOT_FOUND"}, old)
    wire.answers(Reply(404, {"detail": "Not Found"}, {}), Reply(204, b"", old), lacking)
    client = wire.client()
    await client.documents.delete("x")
    assert client.api_version == "1.0"
    with pytest.raises(NotFoundError, match="GET /api/v1/nothing"):
        await client.request("GET", "/api/v1/nothing")


async def test_an_answer_that_is_no_json_says_so(wire: Wire) -> None:
    wire.answers(Reply(body=b"ok", headers={**V2, "content-type": "text/plain"}))
    raw = await wire.client().request("GET", "/metrics")
    assert raw.content == b"ok"
    with pytest.raises(ResponseValidationError, match=r"not JSON \(text/plain\)") as caught:
        raw.parse()
    assert caught.value.request_id == "r-1"
