"""Answers that no server of ours gives: what a proxy or a bad connection makes of them, byte by byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from ablage_sdk import (
    AblageSDK,
    APIConnectionError,
    AsyncAblageSDK,
    ResponseValidationError,
    ServiceUnavailableError,
)
from tests.sdk.conftest import DOCUMENT, V2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import respx

ID = str(DOCUMENT["id"])
ADDRESS = "http://archive.test"
PATH = f"{ADDRESS}/api/v2/documents/{ID}"
WHOLE = json.dumps(DOCUMENT).encode()


@pytest.fixture
def sdk() -> Iterator[AblageSDK]:
    """A client that makes its own connections, with the library that respx stands in for."""
    with AblageSDK("ak_test_0123456789", ADDRESS, http_library="httpx", max_retries=0) as client:
        yield client


@pytest.fixture
async def async_sdk() -> AsyncIterator[AsyncAblageSDK]:
    async with AsyncAblageSDK("ak_test_0123456789", ADDRESS, http_library="httpx", max_retries=0) as client:
        yield client


def test_a_body_that_is_cut_off_is_no_document(sdk: AblageSDK, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(PATH).respond(200, headers=V2, content=WHOLE[:-20])
    with pytest.raises(ResponseValidationError, match="not a valid Document"):
        sdk.documents.get(ID)


async def test_a_body_that_is_cut_off_is_no_document_either_with_await(
    async_sdk: AsyncAblageSDK, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(PATH).respond(200, headers=V2, content=WHOLE[:-20])
    with pytest.raises(ResponseValidationError, match="not a valid Document"):
        await async_sdk.documents.get(ID)


def test_a_body_that_is_not_in_the_encoding_it_names_is_a_broken_connection(
    sdk: AblageSDK, respx_mock: respx.MockRouter
) -> None:
    answer = httpx.Response(200, headers={**V2, "content-encoding": "gzip"}, stream=httpx.ByteStream(WHOLE))
    respx_mock.get(PATH).mock(return_value=answer)
    with pytest.raises(APIConnectionError):
        sdk.documents.get(ID)


@pytest.mark.parametrize("value", ["soon", "-5", "1e400", "nan", ""])
def test_a_wait_that_makes_no_sense_is_not_obeyed(
    sdk: AblageSDK, respx_mock: respx.MockRouter, sleeps: list[float], value: str
) -> None:
    route = respx_mock.get(PATH).respond(503, headers={**V2, "retry-after": value}, json={"code": "X"})
    with pytest.raises(ServiceUnavailableError):
        sdk.with_options(max_retries=1).documents.get(ID)
    assert route.call_count == 2
    assert all(0 <= seconds <= 1 for seconds in sleeps)


def test_headers_in_no_known_encoding_are_read_all_the_same(
    sdk: AblageSDK, respx_mock: respx.MockRouter
) -> None:
    headers = [
        *((name.encode(), value.encode()) for name, value in V2.items()),
        (b"x-proxy", b"caf\xe9 \xff"),
    ]
    respx_mock.get(PATH).mock(return_value=httpx.Response(200, headers=headers, content=WHOLE))
    assert sdk.documents.get(ID).id == ID
