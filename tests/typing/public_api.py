"""What type checkers know of the public interface; checked, not run."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, assert_type

from ablage_sdk import (
    AblageSDK,
    AsyncAblageSDK,
    AsyncPage,
    CreatedAPIKey,
    Document,
    Outcome,
    Page,
    RawResponse,
    SearchHit,
    Token,
    User,
    WebhookEvent,
)
from ablage_sdk.webhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def synchronous(sdk: AblageSDK, file: Path) -> None:
    document = sdk.documents.upload(file, tags=["a"], metadata={"b": [1]})
    assert_type(document, Document)
    assert_type(document.extracted_text, str | None)
    assert_type(document.confidence_score, Decimal | None)
    assert_type(sdk.documents.list(limit=1), Page[Document])
    assert_type([each for each in sdk.documents.iterate()], list[Document])  # noqa: C416 - the items' type
    assert_type([each for each in sdk.documents.search("x")], list[SearchHit])  # noqa: C416
    assert_type(sdk.documents.download("x"), bytes)
    assert_type(sdk.documents.download("x", file), Path)
    with file.open("wb") as target:
        assert_type(sdk.documents.download("x", target), int)
    raw = sdk.documents.with_raw_response
    assert_type(raw.get("x", wait=1), RawResponse[Document])
    assert_type(raw.get("x").parse(), Document)
    assert_type(raw.list(tag="a"), RawResponse[Page[Document]])
    assert_type(raw.delete("x"), RawResponse[None])
    assert_type(raw.download("x"), RawResponse[bytes])
    assert_type(raw.download("x", file), RawResponse[Path])
    assert_type(sdk.with_options(timeout=1), AblageSDK)
    assert_type(next(sdk.documents.upload_many([file])), Outcome[Path, Document])
    assert_type(sdk.users.create("a@example.org", "x"), User)
    assert_type(sdk.api_keys.create("x"), CreatedAPIKey)
    assert_type(sdk.auth.login("a@example.org", "x"), Token)
    assert_type(Webhook("whsec_").verify(b"", {}), WebhookEvent)


async def asynchronous(sdk: AsyncAblageSDK, file: Path, pieces: AsyncIterator[bytes]) -> None:
    assert_type(await sdk.documents.upload(pieces), Document)
    assert_type(await sdk.documents.list(), AsyncPage[Document])
    assert_type([each async for each in sdk.documents.iterate()], list[Document])
    assert_type(await sdk.documents.download("x", file), Path)
    assert_type(await sdk.documents.with_raw_response.get("x"), RawResponse[Document])
    assert_type(await sdk.users.with_raw_response.list(limit=1), RawResponse[AsyncPage[User]])
    async with AblageSDK("ak_test_x") as opened:
        assert_type(opened, AsyncAblageSDK)
    async with sdk.documents.stream("x") as download:
        assert_type([chunk async for chunk in download], list[bytes])


def mistakes(sdk: AblageSDK, pieces: AsyncIterator[bytes]) -> None:
    sdk.documents.upload(pieces)  # type: ignore[arg-type]  # only the asynchronous client can
    sdk.documents.list(order="newest")  # type: ignore[arg-type]  # asc or desc
    sdk.documents.with_raw_response.get()  # type: ignore[call-arg]  # get has an argument
    sdk.documents.with_raw_response.get("x", wiat=1)  # type: ignore[call-arg]  # it is called wait
    sdk.documents.get(document_id=5)  # type: ignore[arg-type]  # ids are strings
