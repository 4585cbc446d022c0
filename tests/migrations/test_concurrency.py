"""Many at once, killed at any moment, behind a long reader: the end state is the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from server_stub.migrations import commands, lock
from server_stub.migrations.connection import engine
from server_stub.migrations.ddl import LockPatienceError
from server_stub.migrations.options import Options
from server_stub.migrations.releases import RELEASES
from tests.patience import patient
from tests.soak import SOAKING, rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Populated, Sql

UPGRADE = (
    "import sys; from server_stub.migrations import commands; commands.upgrade(sys.argv[1], sys.argv[2])"
)
DOWNGRADE = UPGRADE.replace("commands.upgrade(", "commands.downgrade(")


def _start(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def _wait_until_it_works(process: subprocess.Popen[bytes], url: str) -> None:
    """Wait until a migration holds the lock, or has ended: how long imports take is the machine's affair."""
    with psycopg.connect(url, autocommit=True) as connection:
        while process.poll() is None:
            held = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
            if held is not None and held[0]:
                return
            time.sleep(0.01)


def _finish(process: subprocess.Popen[bytes]) -> None:
    output, _ = process.communicate(timeout=patient(240))
    assert process.returncode == 0, output.decode()


def test_eight_processes_upgrade_at_once_and_the_work_happens_once(
    new_database: Callable[..., str], sql: type[Sql]
) -> None:
    for _ in range(rounds(usual=1, soak=10)):
        url = new_database()
        for process in [_start(UPGRADE, url, "head") for _ in range(8)]:
            _finish(process)
        assert commands.current(url) == RELEASES["v2.0"]
        assert sql(url).one("SELECT count(*) FROM roles") == 3


async def test_who_waits_too_long_is_told_who_holds_the_lock(new_database: Callable[..., str]) -> None:
    url = new_database()
    async with lock.hold(engine(url, application_name="somebody-else"), patience=5):
        with pytest.raises(
            lock.MigrationLockedError, match=r"somebody-else from this machine \(database process"
        ):
            commands.upgrade(url, "v0.9", options=Options(wait=0.5))
    commands.upgrade(url, "v0.9")


@pytest.mark.parametrize("seed", range(rounds(usual=2, soak=10)))
def test_killed_at_random_moments_it_is_finished_by_running_it_again(populated: Populated, seed: int) -> None:
    """Up and down with ``kill -9`` in between: the rows are the same as if nobody had been killed."""
    chance = random.Random(seed)
    before = populated.rows()
    kills = 0
    for code, target in ((UPGRADE, "v2.0"), (DOWNGRADE, "v0.9")):
        for _ in range(4):
            process = _start(code, populated.url, target)
            _wait_until_it_works(process, populated.url)
            try:
                process.wait(timeout=chance.uniform(0.0, 1.5))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            process.communicate()
        _finish(_start(code, populated.url, target))
        assert commands.current(populated.url) == RELEASES[target]
    assert populated.rows() == before
    assert kills > 0
    if SOAKING:
        print(f"\n{kills} migrations killed")


def test_a_step_behind_a_long_reader_lets_others_pass_and_gets_through_in_the_end(
    new_database: Callable[..., str], sql: type[Sql]
) -> None:
    """While a reader keeps the table for seconds, other readers and writers wait about 50 ms at most."""
    url = new_database("v0.9")
    run = sql(url)
    run("INSERT INTO users (email) VALUES ('a@example.org')")
    stop = threading.Event()
    waits: list[float] = []

    def write() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.is_set():
                begun = time.monotonic()
                connection.execute("UPDATE documents SET filename = filename WHERE false")
                waits.append(time.monotonic() - begun)
                stop.wait(0.005)

    with psycopg.connect(url) as reader:
        reader.execute("SELECT count(*) FROM documents")
        migration = _start(UPGRADE, url, "a1b2c3d4e5f6")
        writer = threading.Thread(target=write)
        writer.start()
        try:
            # It has come to the step, and cannot get its lock.
            waiting = (
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE query LIKE 'ALTER TABLE documents%%' AND pid <> pg_backend_pid()"
            )
            deadline = time.monotonic() + patient(60)
            while not run.one(waiting):
                assert time.monotonic() < deadline
            time.sleep(3)
            assert commands.current(url) == RELEASES["v0.9"]
        finally:
            reader.rollback()
            _finish(migration)
            stop.set()
            writer.join()
    assert commands.current(url) == "a1b2c3d4e5f6"
    # Generous, for a busy machine: a blocking ALTER would have held the writer for three seconds.
    assert max(waits) < 1.5


def test_a_step_that_never_gets_its_lock_says_who_has_it(new_database: Callable[..., str]) -> None:
    url = new_database("v0.9")
    with psycopg.connect(url, application_name="long-report") as reader:
        reader.execute("SELECT count(*) FROM documents")
        with pytest.raises(LockPatienceError, match="long-report, idle in transaction"):
            commands.upgrade(url, "a1b2c3d4e5f6", options=Options(lock_patience=0.5))
    commands.upgrade(url, "a1b2c3d4e5f6")
    assert commands.current(url) == "a1b2c3d4e5f6"


def test_an_invalid_index_that_an_interrupted_build_left_is_rebuilt(
    new_database: Callable[..., str], sql: type[Sql]
) -> None:
    url = new_database("v0.9")
    run = sql(url)
    commands.upgrade(url, "d0e1f2a3b4c5")
    run("CREATE INDEX ix_documents_created_at ON documents (created_at)")
    run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_documents_created_at'::regclass")
    commands.upgrade(url, "e1f2a3b4c5d6")
    assert run.one("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_documents_created_at'::regclass")
