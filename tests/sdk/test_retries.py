"""What is tried again, when, and how often."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from ablage_sdk import (
    AblageError,
    APIConnectionError,
    APITimeoutError,
    ConflictError,
    RateLimitError,
    ServerError,
    ServiceUnavailableError,
)
from tests.sdk.conftest import DOCUMENT, V2, Reply, problem

if TYPE_CHECKING:
    from tests.sdk.conftest import Wire

ID = str(DOCUMENT["id"])
OK = Reply()
CREATED = Reply(201)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_failure_is_tried_again(wire: Wire, sleeps: list[float], status: int) -> None:
    wire.answers(problem(status, "X"), OK)
    document = await wire.client().documents.get(ID)
    assert document.response_info is not None
    assert document.response_info.attempts == 2
    assert len(sleeps) == 1
    assert len({seen.headers["x-request-id"] for seen in wire.requests}) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 501])
async def test_a_lasting_failure_is_not(wire: Wire, sleeps: list[float], status: int) -> None:
    wire.answers(problem(status, "X"))
    with pytest.raises(AblageError) as caught:
        await wire.client().documents.get(ID)
    assert (caught.value.attempts, len(wire.requests), sleeps) == (1, 1, [])


@pytest.mark.parametrize("error", ["ConnectError", "ReadError", "RemoteProtocolError", "ReadTimeout"])
async def test_a_broken_connection_is_tried_again(wire: Wire, sleeps: list[float], error: str) -> None:
    wire.answers(Reply(error=error), Reply(error=error), OK)
    assert (await wire.client().documents.get(ID)).id == ID
    assert len(wire.requests) == 3
    assert len(sleeps) == 2


async def test_no_exception_of_the_http_library_gets_out(wire: Wire, sleeps: list[float]) -> None:
    for name in ("ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout"):
        wire.answers(Reply(error=name))
        with pytest.raises(APITimeoutError) as caught:
            await wire.client(max_retries=1).documents.get(ID)
        assert isinstance(caught.value, TimeoutError)
        assert caught.value.attempts == 2
        assert caught.value.request_id
    for name in (
        "ConnectError",
        "ReadError",
        "WriteError",
        "ProxyError",
        "DecodingError",
        "TooManyRedirects",
    ):
        wire.answers(Reply(error=name))
        with pytest.raises(APIConnectionError):
            await wire.client(max_retries=0).documents.get(ID)
    assert len(sleeps) == 4


async def test_every_attempt_of_an_upload_has_the_same_key_and_body(wire: Wire, sleeps: list[float]) -> None:
    wire.answers(Reply(error="ReadError"), problem(503, "SYS_OVERLOADED"), CREATED)
    await wire.client().documents.upload(b"%PDF-1", tags=["a"])
    assert len({seen.headers["idempotency-key"] for seen in wire.requests}) == 1
    assert len({seen.content for seen in wire.requests}) == 1
    assert b"%PDF-1" in wire.requests[0].content
    await wire.client().documents.upload(b"%PDF-1")
    assert len({seen.headers["idempotency-key"] for seen in wire.requests}) == 2
    assert len(sleeps) == 2


async def test_a_source_that_can_be_read_once_is_sent_once(wire: Wire, sleeps: list[float]) -> None:
    wire.answers(Reply(body={"status": "ok"}), problem(503, "SYS_OVERLOADED"))
    client = wire.client()
    with pytest.raises(ServiceUnavailableError) as caught:
        await client.documents.upload(iter([b"%PDF-1"]))
    assert any("can be read only once" in note for note in caught.value.__notes__)
    assert [seen.method for seen in wire.requests] == ["GET", "POST"]  # which version, then once
    assert sleeps == []


async def test_a_post_to_an_old_server_is_repeated_only_if_it_did_not_arrive(
    wire: Wire, sleeps: list[float]
) -> None:
    old = {"x-request-id": "r"}
    wire.answers(Reply(404, {"detail": "Not Found"}, {}), Reply(headers=old))
    client = wire.client()
    await client.documents.get(ID)
    wire.answers(Reply(error="ReadError"), Reply(201, headers=old))
    with pytest.raises(APIConnectionError):
        await client.documents.upload(b"%PDF-1")
    wire.answers(Reply(error="ConnectError"), Reply(201, headers=old))
    await client.documents.upload(b"%PDF-1")
    assert len(sleeps) == 1


async def test_a_first_attempt_that_still_runs_is_waited_for(wire: Wire, sleeps: list[float]) -> None:
    wire.answers(Reply(error="ReadError"), problem(409, "IDEMPOTENCY_KEY_IN_USE", retry_after="1"), CREATED)
    assert (await wire.client().documents.upload(b"%PDF-1")).id == ID
    assert sleeps[1] >= 1
    wire.answers(problem(409, "DOC_PROCESSING"))
    with pytest.raises(ConflictError):
        await wire.client().documents.reprocess(ID)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"retry_after": "3"}, 3, 3.3),
        ({"retry_after_ms": "1500", "retry_after": "9"}, 1.5, 1.8),
        ({"retry_after": format_datetime(datetime.now(UTC) + timedelta(seconds=3600), usegmt=True)}, 0, 0),
        ({"retry_after": format_datetime(datetime.now(UTC) - timedelta(seconds=60), usegmt=True)}, 0, 0.3),
        ({"retry_after": "soon"}, 0, 0.5),
        ({"retry_after": "-5"}, 0, 0.5),
    ],
)
async def test_the_server_says_when(
    wire: Wire, sleeps: list[float], headers: dict[str, str], least: float, most: float
) -> None:
    wire.answers(problem(429, "RATE_LIMIT_EXCEEDED", **headers), OK)
    if most == 0:  # an hour is too long to wait unasked
        with pytest.raises(RateLimitError) as caught:
            await wire.client().documents.get(ID)
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > 1000
    else:
        await wire.client().documents.get(ID)
        assert least <= sleeps[0] <= most


async def test_waits_grow_and_are_spread(wire: Wire, sleeps: list[float]) -> None:
    wire.answers(problem(500, "X"))
    client = wire.client(max_retries=6, retry_budget=None)
    for _ in range(40):
        with pytest.raises(ServerError):
            await client.documents.get(ID)
    by_retry = [sleeps[number::6] for number in range(6)]
    for retry, waits in enumerate(by_retry):
        assert max(waits) <= min(8, 0.25 * 2**retry)
        assert len(set(waits)) > 30
    assert max(by_retry[5]) > max(by_retry[0])


async def test_in_an_outage_requests_stay_within_a_tenth_of_what_is_offered(
    wire: Wire, sleeps: list[float]
) -> None:
    wire.answers(problem(503, "SYS_DATABASE_ERROR"))
    client = wire.client()
    offered = 200
    for _ in range(offered):
        with pytest.raises(ServiceUnavailableError):
            await client.documents.get(ID)
    assert offered < len(wire.requests) <= 1.1 * offered
    wire.answers(OK)
    for _ in range(100):
        await client.documents.get(ID)
    wire.answers(problem(503, "SYS_DATABASE_ERROR"), OK)
    await client.documents.get(ID)  # retries are back
    assert sleeps


async def test_a_rate_limit_does_not_use_up_the_budget(wire: Wire, sleeps: list[float]) -> None:
    client = wire.client()
    for _ in range(60):
        wire.answers(problem(429, "RATE_LIMIT_EXCEEDED", retry_after="1"), OK)
        await client.documents.get(ID)
    assert len(sleeps) == 60


async def test_a_deadline_bounds_the_whole_call(wire: Wire) -> None:
    wire.answers(problem(503, "SYS_OVERLOADED", retry_after="30"))
    began = time.monotonic()
    with pytest.raises(
        APITimeoutError, match=r"documents.get was not done within its deadline of 5 s.*because"
    ):
        await wire.client(deadline=5).documents.get(ID)
    assert time.monotonic() - began < 5


async def test_with_options_changes_one_call_and_not_the_client(wire: Wire, sleeps: list[float]) -> None:
    wire.answers(problem(500, "X"))
    client = wire.client()
    with pytest.raises(ServerError) as caught:
        await client.with_options(max_retries=0, headers={"X-Extra": "1"}).documents.get(ID)
    assert caught.value.attempts == 1
    assert wire.requests[-1].headers["x-extra"] == "1"
    with pytest.raises(ServerError) as caught:
        await client.documents.get(ID)
    assert caught.value.attempts == 4
    assert "x-extra" not in wire.requests[-1].headers
    assert len(sleeps) == 3


async def test_the_connection_is_free_again_after_every_kind_of_answer(
    wire: Wire, sleeps: list[float]
) -> None:
    wire.answers(Reply(200, b"<html>", dict(V2)))
    with pytest.raises(AblageError, match=r"not a valid Document.*request id r-1") as caught:
        await wire.client().documents.get(ID)
    assert caught.value.request_id == "r-1"
    assert sleeps == []
