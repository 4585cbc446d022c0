"""A data move rests while a real streaming replica lags behind."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest

from server_stub.migrations import backfills

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Cluster  # noqa: TID252 - test folders are no packages
    from .conftest import Archive

OLD = '{"content": "a", "score": 0.50, "segments": [{"text": "a", "conf": 0.90}]}'


def until(condition: Callable[[], object], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.02)


@pytest.fixture
def replica(cluster: Cluster) -> Iterator[psycopg.Connection]:
    """A connection to a hot standby of the cluster."""
    standby = cluster.make("replica", cluster.programs, cluster.account)
    source = ("-h", cluster.directory, "-U", cluster.user, "-c", "fast", "-X", "stream")
    try:
        standby.run("pg_basebackup", *source, "-R")
        standby.start("-c fsync=off -c max_connections=200 -c wal_receiver_status_interval=1s")
        with psycopg.connect(standby.url("postgres"), autocommit=True) as connection:
            yield connection
    finally:
        standby.remove()


def test_a_move_rests_while_a_replica_lags_and_goes_on_when_it_has_caught_up(
    archive: Archive, replica: psycopg.Connection
) -> None:
    archive.add([OLD] * 3000)
    states: list[str] = []
    converted = "SELECT count(*) FROM documents WHERE ocr_result ? 'version'"
    replica.execute("SELECT pg_wal_replay_pause()")
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(
            backfills.run,
            archive.url,
            "ocr_result_v1",
            chunk=10,
            pause=0.02,
            max_lag=1.0,
            on_progress=lambda progress: states.append(progress.state),
        )
        try:
            until(lambda: states.count("throttled") >= 2)
            rested_at = archive.one(converted)
            seen = len(states)
            until(lambda: len(states) >= seen + 4)  # two more seconds, and nothing moves
            assert states[seen:] == ["throttled"] * (len(states) - seen)
            assert archive.one(converted) == rested_at
            assert not run.done()
        finally:
            replica.execute("SELECT pg_wal_replay_resume()")
        finished = run.result(120)
    assert rested_at != 3000
    assert (finished.state, finished.rows_moved) == ("done", 3000)
    assert states[-1] == "done"


def test_a_replica_that_keeps_up_holds_nothing_up(archive: Archive, replica: psycopg.Connection) -> None:
    assert replica.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
    archive.add([OLD] * 200)
    assert backfills.run(archive.url, "ocr_result_v1", max_lag=10.0).rows_moved == 200
