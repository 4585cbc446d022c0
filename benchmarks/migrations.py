"""How fast OCR results are converted while an application edits one every 5 ms, and what that costs it.

``python -m benchmarks.migrations [--documents 200000] [--only NAME]`` converts the same documents four ways,
each on a fresh copy: by the two scripts that everybody writes first, one row after the other and in
LIMIT/OFFSET batches, through a session of SQLAlchemy's; by one UPDATE; and by the data move
``ocr_result_v1``. Every way runs beside the same writer. "rewritten as they are" is what PostgreSQL itself
takes to store each result again, most of it to compress it: no way of converting can do without.

The embedded PostgreSQL and the newest of Debian's packages that is installed are measured, or only the one
whose programs ``--postgres`` names: the data move compresses with lz4 where the server has it, and the
embedded one has not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import psutil
import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from ablage_sdk import formats
from benchmarks._archive import (
    copy_database,
    create_database,
    create_tables,
    fill,
    installed_postgres,
    postgres,
    verify,
)
from server_stub.migrations import backfills

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BATCH = 1000
#: Targets: rows/s against the row-by-row script and against one UPDATE; the writer's p99 and worst, in ms.
FASTER_THAN_SCRIPT, FASTER_THAN_UPDATE, P99_MS, STALL_MS = 7.0, 1.5, 15.0, 100.0


@dataclass
class Result:
    name: str
    rows_per_second: float
    p99_ms: float
    worst_ms: float
    edits: int
    lost: int
    left: int
    cpu_us: float  # of the whole server, the writer's part included, for each row that was converted


def convert(result: dict[str, Any]) -> str:
    return json.dumps(formats.ocr_results_1_0.up(result))


def row_by_row(url: str) -> None:
    """Read everything, convert in Python, write each row, commit now and then."""
    with session(url) as db:
        found = db.execute(text("SELECT id, ocr_result FROM documents WHERE NOT ocr_result ? 'version'"))
        for count, row in enumerate(found, 1):
            db.execute(
                text("UPDATE documents SET ocr_result = :result, updated_at = now() WHERE id = :id"),
                {"result": convert(row[1]), "id": row[0]},
            )
            if count % 100 == 0:
                db.commit()
        db.commit()


def limit_offset(url: str) -> None:
    """Read a page of what needs converting, convert it, read the next page: the pages move meanwhile."""
    with session(url) as db:
        total = db.scalar(text("SELECT count(*) FROM documents WHERE NOT ocr_result ? 'version'"))
        for offset in range(0, total, BATCH):
            batch = db.execute(
                text(
                    "SELECT id, ocr_result FROM documents WHERE NOT ocr_result ? 'version' "
                    "LIMIT :limit OFFSET :offset"
                ),
                {"limit": BATCH, "offset": offset},
            ).fetchall()
            for row in batch:
                db.execute(
                    text("UPDATE documents SET ocr_result = :result WHERE id = :id"),
                    {"result": convert(row[1]), "id": row[0]},
                )
            db.commit()


@contextmanager
def session(url: str) -> Iterator[Session]:
    """Open what scripts open: a session of SQLAlchemy's, on the driver that it has for this address."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def one_update(url: str) -> None:
    """Convert the whole table in one statement, with the same SQL function as the data move."""
    asyncio.run(backfills.install(url, "ocr_result"))
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE documents SET ocr_result = ablage_migrations.ocr_result_to_new(ocr_result, '1.0') "
            "WHERE ablage_migrations.ocr_result_is_old(ocr_result)"
        )


def rewrite(url: str) -> None:
    """Store every result again and convert nothing: the least that any conversion costs."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE documents SET ocr_result = ocr_result || '{}'")


def data_move(url: str) -> None:
    backfills.run(url, "ocr_result_v1")


def nothing(_url: str) -> None:
    """The writer alone, to compare with."""
    time.sleep(10)


WAYS: dict[str, Callable[[str], None]] = {
    "writer alone": nothing,
    "row by row in Python": row_by_row,
    "LIMIT/OFFSET batches": limit_offset,
    "rewritten as they are": rewrite,
    "one UPDATE": one_update,
    "data move": data_move,
}


def measure(name: str, maintenance: str, documents: int) -> Result:
    """Run one way on a fresh copy beside the writer."""
    url = asyncio.run(copy_database(maintenance, "original", "work"))
    asyncio.run(_warm_up(url))
    writer = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._writer", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    with writer:
        assert writer.stdout.readline() == b"ready\n"
        cpu = server_cpu(url)
        started = time.monotonic()
        WAYS[name](url)
        seconds = time.monotonic() - started
        writer.stdin.close()
        wrote = json.loads(writer.stdout.read())
        cpu = server_cpu(url) - cpu
    lost, left = asyncio.run(verify(url, wrote["edits"]))
    took = sorted(wrote["took"])
    done = {"writer alone": 0, "rewritten as they are": documents}.get(name, documents - left)
    return Result(
        name,
        done / seconds,
        took[int(len(took) * 0.99)] * 1000,
        took[-1] * 1000,
        len(took),
        lost,
        left,
        cpu / done * 1e6 if done else 0.0,
    )


def server_cpu(url: str) -> float:
    """Return the seconds of CPU that a server and all its processes, ended ones included, have used."""
    with psycopg.connect(url) as connection:
        server = psutil.Process(connection.info.backend_pid).parent()
        assert server is not None
        own = server.cpu_times()
        running = []
        for process in server.children():
            with suppress(psutil.NoSuchProcess):  # autovacuum comes and goes
                running.append(process.cpu_times())
    ended = own.children_user + own.children_system
    return float(ended + sum(times.user + times.system for times in (own, *running)))


async def _warm_up(url: str) -> None:
    """Read the table once: each way is to find it in memory, as a running application has it."""
    connection = await asyncpg.connect(url)
    await connection.execute("SELECT sum(length(ocr_result::text)) FROM documents")
    await connection.close()


def report(results: dict[str, Result]) -> bool:
    """Print the table and the comparison; tell whether every target is met."""
    print(
        f"\n{'':24} {'rows/s':>8} {'CPU µs/row':>11} {'p99 ms':>8} {'worst ms':>9} {'edits':>7} {'lost':>6} "
        f"{'left':>8}"
    )
    for result in results.values():
        print(
            f"{result.name:24} {result.rows_per_second:8.0f} {result.cpu_us:11.0f} {result.p99_ms:8.1f} "
            f"{result.worst_ms:9.1f} {result.edits:7} {result.lost:6} {result.left:8}"
        )
    ours = results.get("data move")
    if ours is None:
        return True
    checks = [
        ("writer's p99 in ms", ours.p99_ms, "≤", P99_MS, ours.p99_ms <= P99_MS),
        ("longest stall in ms", ours.worst_ms, "≤", STALL_MS, ours.worst_ms <= STALL_MS),
        ("lost edits", ours.lost, "≤", 0, ours.lost == 0),
        ("rows left", ours.left, "≤", 0, ours.left == 0),
    ]
    for name, bound in (("row by row in Python", FASTER_THAN_SCRIPT), ("one UPDATE", FASTER_THAN_UPDATE)):
        if name in results:
            share = ours.rows_per_second / results[name].rows_per_second
            checks.append((f"times as fast as {name}", share, "≥", bound, share >= bound))
    print()
    for what, value, sign, bound, met in checks:
        print(f"{what:40} {value:8.1f} {sign} {bound:g}  {'ok' if met else 'MISSED'}")
    return all(check[-1] for check in checks)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--documents", type=int, default=200_000, help="how many documents (default: 200 000)"
    )
    parser.add_argument("--only", choices=WAYS, action="append", help="measure this way only; repeatable")
    parser.add_argument("--postgres", type=Path, help="measure the PostgreSQL with its programs here only")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stop the database also when we are stopped
    if chosen.postgres is not None:
        servers = {str(chosen.postgres): installed_postgres(chosen.postgres)}
    else:
        servers = {"embedded": postgres()}
        servers |= {str(programs): installed_postgres(programs) for programs in _installed()[-1:]}
    met = True
    for name, server in servers.items():
        print(f"\nPostgreSQL: {name}", flush=True)
        with server as maintenance:
            met &= report(_measure_all(maintenance, chosen.documents, chosen.only or list(WAYS)))
    return 0 if met else 1


def _installed() -> list[Path]:
    """Return where Debian's packages keep the programs of each PostgreSQL, oldest first."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return [initdb.parent for initdb in sorted(found, key=lambda path: int(path.parent.parent.name))]


def _measure_all(maintenance: str, documents: int, ways: list[str]) -> dict[str, Result]:
    original = asyncio.run(create_database(maintenance, "original"))
    create_tables(original)
    asyncio.run(fill(original, documents))
    results = {}
    for name in ways:
        results[name] = measure(name, maintenance, documents)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{name}: {results[name].rows_per_second:.0f} rows/s (peak memory so far {peak} MB)", flush=True
        )
    return results


if __name__ == "__main__":
    sys.exit(main())
