"""Ids, files, connections and notifications."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy as sa

from server_stub.migrations.url import parse
from server_stub.storage.database import Database, connect_raw
from server_stub.storage.files import FileStore
from server_stub.storage.ids import new_id
from server_stub.storage.listener import Listener
from tests.patience import patient

if TYPE_CHECKING:
    from pathlib import Path

    from server_stub.testing import AblageServer


def test_ids_are_version_7_unique_and_in_order_of_time() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(set(made))
    assert {one.version for one in made} == {7}
    assert before <= made[0].int >> 80 <= time.time_ns() // 1_000_000
    with ThreadPoolExecutor(8) as pool:
        many = list(pool.map(lambda _n: new_id(), range(5_000)))
    assert len(set(many)) == 5_000


@pytest.fixture(params=["folder", "remote"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """A folder, and a store that is not one, as any that is reached by an address."""
    return FileStore(tmp_path / "files" if request.param == "folder" else "memory:///", scratch=tmp_path)


async def read(store: FileStore, key: str, start: int | None = None, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.stream(key, start, end)])


async def test_a_file_comes_back_whole_in_parts_and_as_a_path(store: FileStore, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096
    source = store.scratch / "upload"
    source.write_bytes(content)
    await store.put(source, "ab/cd/file")
    assert await store.size("ab/cd/file") == len(content)
    assert await read(store, "ab/cd/file") == content
    assert await read(store, "ab/cd/file", 100, 356) == content[100:356]
    assert await read(store, "ab/cd/file", len(content) - 5) == content[-5:]
    async with store.as_path("ab/cd/file") as path:
        assert path.read_bytes() == content
    await store.get_to("ab/cd/file", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == content
    await store.check()


async def test_a_file_from_elsewhere_is_copied_not_moved(store: FileStore, tmp_path: Path) -> None:
    source = tmp_path / "mine"
    source.write_bytes(b"x")
    await store.put(source, "key")
    assert source.read_bytes() == b"x"
    assert await read(store, "key") == b"x"


async def test_what_is_missing_is_missing_and_may_be_deleted(store: FileStore) -> None:
    for attempt in (store.size("no"), read(store, "no"), store.get_to("no", store.scratch / "no")):
        with pytest.raises(FileNotFoundError):
            await attempt
    with pytest.raises(FileNotFoundError):
        async with store.as_path("no"):
            pass
    await store.delete("no")


async def test_a_large_file_is_streamed_in_bounded_pieces(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    source = store.scratch / "large"
    with source.open("wb") as file:
        file.truncate(20_000_000)
    await store.put(source, "large")
    pieces = [len(chunk) async for chunk in store.stream("large")]
    assert sum(pieces) == 20_000_000
    assert max(pieces) <= 1_000_000


async def test_a_connection_that_postgresql_closed_is_replaced(server: AblageServer) -> None:
    db = Database(server.database_url, pool_size=1, max_overflow=0)
    killer = await connect_raw(parse(server.database_url), application_name="tests")
    try:
        async with db.connect() as conn:
            pid = await conn.scalar(sa.text("SELECT pg_backend_pid()"))
        await killer.execute("SELECT pg_terminate_backend($1, 60000)", pid)
        async with db.connect() as conn:
            assert await conn.scalar(sa.text("SELECT pg_backend_pid()")) != pid
    finally:
        await killer.close()
        await db.close()


async def notify(url: str, channel: str, payload: str) -> None:
    connection = await connect_raw(parse(url), application_name="tests")
    try:
        await connection.execute("SELECT pg_notify($1, $2)", channel, payload)
    finally:
        await connection.close()


async def test_a_thousand_wait_on_one_connection_and_only_the_meant_wake(server: AblageServer) -> None:
    listener = Listener(parse(server.database_url))
    await listener.start("test_channel")
    try:
        wanted, other = str(uuid4()), str(uuid4())

        async def wait(payload: str, seconds: float) -> bool:
            with listener.subscribe("test_channel", payload) as subscription:
                return await subscription.wait(seconds)

        waiting = [asyncio.create_task(wait(wanted, 120)) for _ in range(1000)]
        ignored = asyncio.create_task(wait(other, 0.5))
        await asyncio.sleep(0)
        await notify(server.database_url, "test_channel", wanted)
        assert all(await asyncio.gather(*waiting))
        assert not await ignored
    finally:
        await listener.stop()


async def test_a_notification_between_subscribing_and_waiting_is_not_lost(server: AblageServer) -> None:
    listener = Listener(parse(server.database_url))
    await listener.start("test_channel")
    try:
        with listener.subscribe("test_channel", "x") as early, listener.subscribe("test_channel") as any_one:
            await notify(server.database_url, "test_channel", "x")
            assert await any_one.wait(patient(60))
            assert await early.wait(patient(60))
    finally:
        await listener.stop()


async def test_waiters_look_again_when_the_connection_was_lost(server: AblageServer) -> None:
    listener = Listener(parse(server.database_url))
    await listener.start("test_channel")
    killer = await connect_raw(parse(server.database_url), application_name="tests")
    try:
        with listener.subscribe("test_channel", "x") as subscription:
            await killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
                "'ablage-listener' AND datname = current_database() AND query LIKE '%test_channel%'"
            )
            assert await subscription.wait(patient(60))
        with listener.subscribe("test_channel", "y") as subscription:
            await killer.execute("SELECT pg_notify('test_channel', 'y')")
            assert await subscription.wait(patient(60))
    finally:
        await killer.close()
        await listener.stop()


async def test_nobody_waits_for_a_server_that_stops(server: AblageServer) -> None:
    listener = Listener(parse(server.database_url))
    await listener.start("test_channel")
    with listener.subscribe("test_channel", "x") as before:
        waiting = asyncio.create_task(before.wait(600))
        await asyncio.sleep(0)
        await listener.stop()
        assert not await waiting
    with listener.subscribe("test_channel", "x") as after:
        assert not await after.wait(600)


async def test_files_are_listed_by_age(store: FileStore) -> None:
    for name in ("one", "two"):
        (store.scratch / name).write_bytes(b"123")
        await store.put(store.scratch / name, f"documents/ab/{name}")
    (store.scratch / "other").write_bytes(b"1")
    await store.put(store.scratch / "other", "elsewhere/other")
    now = datetime.now(UTC)
    everything: dict[str, int] = {}
    async for batch in store.older_than("documents/", now + timedelta(minutes=1)):
        everything |= batch
    assert everything == {"documents/ab/one": 3, "documents/ab/two": 3}
    assert [batch async for batch in store.older_than("documents/", now - timedelta(hours=1)) if batch] == []


async def test_more_statements_than_the_pool_holds_connections_leave_it_as_it_was(
    server: AblageServer,
) -> None:
    db = Database(server.database_url, pool_size=2, max_overflow=4)

    async def ask(number: int) -> int:
        async with db.driver() as driver:
            answer: int = await driver.fetchval("SELECT $1::int FROM pg_sleep(0.01)", number)
            return answer

    assert await asyncio.gather(*map(ask, range(40))) == list(range(40))
    given_up = [asyncio.ensure_future(ask(number)) for number in range(40)]
    await asyncio.sleep(0)
    for task in given_up[::2]:
        task.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    assert await asyncio.gather(*map(ask, range(40))) == list(range(40))
    assert (db.pool.checkedout(), db.pool.checkedin()) == (0, 2)
    await db.close()
