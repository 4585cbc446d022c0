"""The embedded PostgreSQL: shared, persistent, and never left running or taken away from another."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server_stub.migrations.url import parse
from server_stub.storage.database import create_missing
from server_stub.storage.embedded import EmbeddedPostgres
from server_stub.storage.embedded_user import EmbeddedDatabaseError
from server_stub.testing.accounts import fetch
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Iterator

FAST = {"fsync": "off"}
#: Attaches, says so, and waits to be killed.
OWNER = """
import sys, time
from pathlib import Path
from server_stub.migrations.url import parse
from server_stub.storage.database import create_missing
from server_stub.storage.embedded import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1]), {"fsync": "off"}).start()
print("started", flush=True)
time.sleep(600)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="ablage-embedded-"))
    made.chmod(0o711)
    yield made / "postgres"
    if (made / "postgres").exists():
        leftover = EmbeddedPostgres(made / "postgres")
        leftover.start()
        leftover.stop()
    shutil.rmtree(made)


def owner(directory: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(directory)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    process.stdout.close()
    return process


async def test_of_several_that_create_a_database_at_once_all_find_it(directory: Path) -> None:
    postgres = EmbeddedPostgres(directory, FAST)
    postgres.start()
    try:
        await asyncio.gather(*(create_missing(parse(postgres.url()), "ablage") for _ in range(8)))
        await create_missing(parse(postgres.url()), "ablage")
        [found] = fetch(postgres.url(), "SELECT count(*) AS n FROM pg_database WHERE datname = 'ablage'")
    finally:
        postgres.stop()
    assert found["n"] == 1


def start(directory: Path) -> None:
    postgres = EmbeddedPostgres(directory, FAST)
    postgres.start()
    fetch(postgres.url(), "SELECT 1")
    postgres.stop()


def test_data_outlives_a_stop_and_nothing_runs_afterwards(directory: Path) -> None:
    postgres = EmbeddedPostgres(directory, FAST)
    postgres.start()
    fetch(postgres.url(), "CREATE TABLE kept AS SELECT 'Ä' AS letter")
    postgres.stop()
    assert not postgres.running()
    postgres.start()
    assert fetch(postgres.url(), "SELECT lower(letter) AS small FROM kept") == [{"small": "ä"}]
    postgres.stop()
    assert not postgres.running()


def test_after_a_kill_the_next_owner_attaches_and_stops_it(directory: Path) -> None:
    process = owner(directory)
    postgres = EmbeddedPostgres(directory, FAST)
    postmaster = (directory / "cluster/postmaster.pid").read_text().split()[0]
    process.send_signal(signal.SIGKILL)
    process.wait(patient(60))
    assert postgres.running()
    postgres.start()
    assert (directory / "cluster/postmaster.pid").read_text().split()[0] == postmaster
    postgres.stop()
    assert not postgres.running()


def test_it_runs_until_its_last_user_has_gone(directory: Path) -> None:
    process = owner(directory)
    postgres = EmbeddedPostgres(directory, FAST)
    postgres.start()
    postgres.stop()
    assert postgres.running()  # the other process still uses it
    assert fetch(postgres.url(), "SELECT 1 AS one") == [{"one": 1}]
    process.kill()
    process.wait(patient(60))
    postgres.start()
    postgres.stop()
    assert not postgres.running()


def test_many_processes_may_start_at_once(directory: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        processes = list(pool.map(owner, [directory] * 4))
    postgres = EmbeddedPostgres(directory, FAST)
    assert len((directory / "cluster/server.log").read_text().split("database system is ready")) == 2
    for process in processes:
        process.kill()
        process.wait(patient(60))
    postgres.start()
    postgres.stop()
    assert not postgres.running()


def test_a_killed_postgresql_starts_again_at_once_with_its_data(directory: Path) -> None:
    postgres = EmbeddedPostgres(directory)
    postgres.start()
    fetch(postgres.url(), "CREATE TABLE kept AS SELECT 1 AS one")
    os.kill(int((directory / "cluster/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    other = EmbeddedPostgres(directory)
    until(lambda: not other.running(), "it is dead")
    other.start()
    assert fetch(other.url(), "SELECT one FROM kept") == [{"one": 1}]
    other.stop()
    postgres.stop()
    assert not postgres.running()


def test_a_long_path_is_no_obstacle(directory: Path) -> None:
    deep = directory.parent / ("x" * 120) / "postgres"
    deep.parent.mkdir()
    start(deep)
    assert not EmbeddedPostgres(deep).running()


def test_data_of_an_unknown_version_is_refused_in_words(directory: Path) -> None:
    (directory / "cluster").mkdir(parents=True)
    (directory / "cluster" / "PG_VERSION").write_text("9\n")
    try:
        with pytest.raises(
            EmbeddedDatabaseError, match=r"PostgreSQL 9, which is not installed.*DATABASE_URL"
        ):
            EmbeddedPostgres(directory).start()
    finally:
        shutil.rmtree(directory)


def test_a_file_in_the_way_is_told(directory: Path) -> None:
    (directory.parent / "file").touch()
    with pytest.raises(EmbeddedDatabaseError, match="--data-dir"):
        EmbeddedPostgres(directory.parent / "file" / "postgres").start()


def test_what_a_killed_initdb_left_is_set_aside_and_made_anew(directory: Path) -> None:
    start(directory)
    for trace in ("server.log", "postmaster.opts"):
        (directory / "cluster" / trace).unlink()
    shutil.rmtree(directory / "cluster/base")
    start(directory)
    [aside] = directory.glob("cluster.unfinished-*")
    assert (aside / "PG_VERSION").exists()
    assert not (directory / "cluster.new").exists()


def test_half_made_files_are_no_database(directory: Path) -> None:
    (directory / "cluster.new").mkdir(parents=True)
    (directory / "cluster.new" / "PG_VERSION").write_text("18\n")
    start(directory)


@pytest.mark.parametrize("name", ["100%", "a#b", "R&D", "$HOME", "a b", "a,b", "it's", "x" * 120])
def test_any_name_of_a_directory_will_do(directory: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = directory.parent / name
    temporary.mkdir(mode=0o711)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    start(temporary / "postgres")
    shutil.rmtree(temporary)


NAMELESS = 12345
#: Python itself may be out of the reach of others, so it starts as root.
AS_NAMELESS = """
import os, sys
from pathlib import Path
from server_stub.storage.embedded import EmbeddedPostgres
one = EmbeddedPostgres(Path(sys.argv[1]))
one.program("postgres")
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[2]))
one.start()
assert one.running()
one.stop()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user id without a name")
def test_it_runs_under_a_user_id_without_a_name(directory: Path) -> None:
    start(directory)  # lets others pass to PostgreSQL's programs
    parent = directory.parent / "nameless"
    parent.mkdir()
    os.chown(parent, NAMELESS, NAMELESS)
    done = subprocess.run(
        [sys.executable, "-c", AS_NAMELESS, str(parent / "postgres"), str(NAMELESS)],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
