"""How long an application waits for each revision, up and down, when a report holds the tables for seconds.

``python -m benchmarks.migrations_ddl [--documents 20000] [--hold 8]``. Before each revision a reader opens a
transaction on every table and keeps it for ``--hold`` seconds (a quarter of that on the way down), or until
the revision is done. What needs a strong lock has to wait for it; beside it, a process that writes and one
that reads every 5 ms must not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import psycopg

from benchmarks._archive import create_database, create_tables, fill, postgres
from server_stub.migrations import commands
from server_stub.migrations.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STALL_MS = 150.0
REVISIONS = [step.revision for step in commands.script().walk_revisions()][::-1]
TABLES = """
    SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


@dataclass
class Result:
    """One revision: when it ran, and the longest statements beside it in milliseconds."""

    revision: str
    way: str
    title: str
    began: float
    ended: float
    write_ms: float = 0.0
    read_ms: float = 0.0


def behind_a_report(url: str, hold: float, revision: str, way: str, migrate: Callable[[], None]) -> Result:
    """Run a migration while a transaction has read every table."""
    done = threading.Event()
    ready = threading.Event()

    def report() -> None:
        with psycopg.connect(url, application_name="report") as connection:
            for (table,) in connection.execute(TABLES).fetchall():
                connection.execute(f"SELECT FROM {table} LIMIT 1".encode())
            ready.set()
            done.wait(hold)
            connection.rollback()

    reader = threading.Thread(target=report)
    reader.start()
    ready.wait()
    started = time.monotonic()
    try:
        migrate()
    finally:
        ended = time.monotonic()
        done.set()
        reader.join()
    title = commands.script().get_revision(revision).doc
    return Result(revision, way, title, started, ended)


def ways(url: str, hold: float) -> Iterator[Result]:
    """Go up and down the whole history, a revision at a time."""
    options = Options(quiet_minutes=0)
    steps = list(pairwise(REVISIONS))
    for _, revision in steps:
        migrate = partial(commands.upgrade, url, revision, options=options)
        yield behind_a_report(url, hold, revision, "up", migrate)
    for earlier, revision in reversed(steps):
        migrate = partial(commands.downgrade, url, earlier, options=options)
        yield behind_a_report(url, hold / 4, revision, "down", migrate)


def report(results: list[Result]) -> bool:
    """Print a row for each revision; tell whether nobody waited too long."""
    print(f"\n{'':5} {'revision':13} {'seconds':>8} {'write ms':>9} {'read ms':>9}")
    for r in results:
        late = "" if max(r.write_ms, r.read_ms) <= STALL_MS else "  TOO LONG"
        times = f"{r.ended - r.began:8.1f} {r.write_ms:9.1f} {r.read_ms:9.1f}"
        print(f"{r.way:5} {r.revision:13} {times}  {r.title}{late}")
    worst = max(max(r.write_ms, r.read_ms) for r in results)
    met = worst <= STALL_MS
    told = "ok" if met else "MISSED"
    print(f"\n{'longest wait beside any revision in ms':40} {worst:8.1f} ≤ {STALL_MS:g}  {told}")
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000, help="how many documents (default: 20 000)")
    parser.add_argument("--hold", type=float, default=8.0, help="seconds of a report (default: 8)")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stop the database also when we are stopped
    with postgres() as maintenance:
        url = asyncio.run(create_database(maintenance, "original"))
        create_tables(url)
        asyncio.run(fill(url, chosen.documents))
        beside = {
            kind: subprocess.Popen(
                [sys.executable, "-m", "benchmarks._visitor", url, kind],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for kind in ("write", "read")
        }
        for process in beside.values():
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        results = list(ways(url, chosen.hold))
        for kind, process in beside.items():
            took, _ = process.communicate()
            _attribute(results, kind, json.loads(took))
    return 0 if report(results) else 1


def _attribute(results: list[Result], kind: str, took: list[tuple[float, float]]) -> None:
    """Give each statement's time to the revisions that ran during it."""
    for result in results:
        times = [seconds for at, seconds in took if result.began <= at and at - seconds <= result.ended]
        setattr(result, f"{kind}_ms", max(times, default=0.0) * 1000)


if __name__ == "__main__":
    sys.exit(main())
