"""What an upgrade or downgrade would do: statements, locks, rows, and how much disk it may take."""

from __future__ import annotations

import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from . import commands, neighbours, ownership
from .releases import release_of

if TYPE_CHECKING:
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from . import backfills

#: The first pattern that fits a statement names the table that it is about.
_TABLES = (
    r"CREATE TABLE [^;]*?REFERENCES (\w+)",
    r"(?:ALTER|CREATE|DROP) TABLE (?:IF (?:NOT )?EXISTS )?([\w.]+)",
    r"CREATE OR REPLACE TRIGGER [^;]*?\bON (\w+)\s+FOR EACH",
    r"COMMENT ON COLUMN (\w+)\.",
    r"CREATE (?:UNIQUE )?INDEX [^;]*?\bON (\w+)",
    r"DROP TRIGGER [^;]*?\bON (\w+)",
    r"(?:WITH [^;]*?)?(?:INSERT INTO|UPDATE|DELETE FROM) ([\w.]+)",
)
#: The first pattern that fits a statement names its strongest lock on a table that exists.
#: https://www.postgresql.org/docs/current/explicit-locking.html
_LOCKS = (
    (r"(CREATE|DROP) (UNIQUE )?INDEX CONCURRENTLY", "SHARE UPDATE EXCLUSIVE"),
    (r"ALTER TABLE \S+ VALIDATE CONSTRAINT", "SHARE UPDATE EXCLUSIVE"),
    (r"ALTER TABLE [^;]*FOREIGN KEY", "SHARE ROW EXCLUSIVE"),
    (r"ALTER INDEX", "SHARE UPDATE EXCLUSIVE"),
    (r"(ALTER|DROP) TABLE|DROP TRIGGER", "ACCESS EXCLUSIVE"),
    (r"CREATE (OR REPLACE )?TRIGGER", "SHARE ROW EXCLUSIVE"),
    (r"CREATE TABLE [^;]*REFERENCES", "SHARE ROW EXCLUSIVE"),
    (r"COMMENT ON", "SHARE UPDATE EXCLUSIVE"),
    (r"INSERT|UPDATE|DELETE|WITH", "ROW EXCLUSIVE"),
)
#: What is about the script itself: transactions, limits, the revision's record, the refusal to go on.
_SESSION = re.compile(r"(BEGIN|COMMIT|SET |DO )|.*\balembic_version\b", re.IGNORECASE | re.DOTALL)
_SMALL = 64 * 1024 * 1024
#: Bytes of an index entry besides its key: header, item pointer, and free space in its page.
_INDEX_ENTRY = 24


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, or one data move.

    Attributes:
        sql: What is run.
        table: The table it is about, if any.
        lock: Its strongest lock on a table that is in use; ``None`` if it needs none.
        rows: Rows of that table, where the statement looks at all of them; estimated for large tables.
        wal_bytes: Estimated write-ahead log.
        disk_bytes: Estimated growth on disk, the log not included.
    """

    sql: str
    table: str | None = None
    lock: str | None = None
    rows: int | None = None
    wal_bytes: int = 0
    disk_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One revision: its id, the release it completes, its title, what it breaks, and its statements."""

    revision: str
    release: str | None
    title: str
    breaks: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done.

    Attributes:
        start: Revision of the database.
        target: What was asked for.
        steps: In order.
        wal_bytes: Estimated write-ahead log altogether.
        disk_bytes: Estimated growth on disk, log included.
        free_bytes: Free space where the database is, if that can be seen from here.
        in_the_way: What of other programs' needs something that would be dropped.
    """

    start: str | None
    target: str
    steps: tuple[Step, ...]
    wal_bytes: int
    disk_bytes: int
    free_bytes: int | None
    in_the_way: tuple[neighbours.Dependent, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether there is room for it, as far as can be told."""
        return self.free_bytes is None or self.disk_bytes < self.free_bytes

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {**asdict(self), "fits": self.fits}


async def make(connection: AsyncConnection, target: str, *, free_bytes: int | None = None) -> Plan:
    """Plan the way of a database to a release or revision.

    Args:
        connection: Leads to the database; nothing is changed.
        target: A release or revision, older or newer.
        free_bytes: Free space on the database's disk; found out where the database is on this machine.

    Raises:
        ForeignDatabaseError: If the database is not ours.
        UnknownRevisionError: If there is no such release or revision.
    """
    start = (await connection.run_sync(ownership.verify)).revision
    sizes = _Sizes(connection)
    steps: list[Step] = []
    for revision, parts in commands.offline_script(start, target).steps:
        found = commands.script().get_revision(revision)
        statements: list[Statement] = []
        for part in parts:
            if isinstance(part, str):
                statements += [await sizes.estimate(sql) for sql in split(part) if not _SESSION.match(sql)]
            else:
                statements.append(await sizes.estimate_move(part))
        breaks = re.search(r"^Breaks: (.*?)\n(?:Adapt|\n)", found.longdoc or "", re.MULTILINE | re.DOTALL)
        steps.append(
            Step(
                revision,
                release_of(revision),
                found.doc,
                " ".join(breaks[1].split()) if breaks else "",
                tuple(statements),
            )
        )
    wal = sum(s.wal_bytes for step in steps for s in step.statements)
    disk = wal + sum(s.disk_bytes for step in steps for s in step.statements)
    if free_bytes is None:
        free_bytes = await _free_bytes(connection)
    places = neighbours.leaving([step.revision for step in steps], down=_goes_down(start, steps))
    in_the_way = await connection.run_sync(neighbours.find, places)
    return Plan(start, target, tuple(steps), wal, disk, free_bytes, tuple(in_the_way))


def _goes_down(start: str | None, steps: list[Step]) -> bool:
    return bool(steps) and steps[0].revision == start


def split(script: str) -> list[str]:
    """Split a script into statements; semicolons in ``$$ … $$`` do not end one."""
    found: list[str] = []
    lines: list[str] = []
    for line in script.splitlines():
        if not lines and (not line.strip() or line.startswith("--")):
            continue
        lines.append(line)
        statement = "\n".join(lines)
        if line.rstrip().endswith(";") and statement.count("$$") % 2 == 0:
            found.append(statement.rstrip().removesuffix(";"))
            lines = []
    return found


def lock_of(sql: str) -> str | None:
    """Return the strongest lock that a statement takes on a table that is in use."""
    return next((lock for pattern, lock in _LOCKS if re.match(pattern, sql.strip(), re.IGNORECASE)), None)


def table_of(sql: str) -> str | None:
    """Return the table that a statement is about; for a new one with a foreign key, where that points to."""
    matches = (re.match(pattern, sql.strip(), re.IGNORECASE) for pattern in _TABLES)
    return next((match[1] for match in matches if match), None)


class _Sizes:
    """Rows and bytes of tables, asked for once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._known: dict[str, tuple[int, int, int]] = {}

    async def estimate_move(self, move: backfills.Move) -> Statement:
        rows, heap, total = await self._of(move.table)
        # An update writes the row again; a converted JSON value also writes its pieces out of line.
        rewritten = total if "ocr_result" in move.routine else heap
        what = f"data move {move.name}: {move.summary}"
        return Statement(what, move.table, "ROW EXCLUSIVE", rows, rewritten, heap)

    async def estimate(self, sql: str) -> Statement:
        lock, table = lock_of(sql), table_of(sql)
        if table is None or not re.search(r"INDEX CONCURRENTLY IF NOT EXISTS|VALIDATE", sql):
            return Statement(sql, table, lock)
        rows, _, total = await self._of(table)
        if "VALIDATE" in sql:
            return Statement(sql, table, lock, rows)
        size = total if "USING gin" in sql else rows * (_INDEX_ENTRY + 32 * (1 + sql.count(",")))
        return Statement(sql, table, lock, rows, size, size)

    async def _of(self, table: str) -> tuple[int, int, int]:
        if table not in self._known:
            row = (
                await self._connection.execute(
                    text(
                        "SELECT reltuples::bigint, pg_relation_size(oid), pg_table_size(oid) FROM pg_class "
                        "WHERE oid = to_regclass(:table)"
                    ),
                    {"table": table},
                )
            ).first()
            rows, heap, total = row or (0, 0, 0)
            if row and (rows < 0 or heap < _SMALL):
                quoted = self._connection.dialect.identifier_preparer.quote(table)
                rows = await self._connection.scalar(text(f"SELECT count(*) FROM {quoted}"))  # noqa: S608 - quoted
            self._known[table] = (rows, heap, total)
        return self._known[table]


async def _free_bytes(connection: AsyncConnection) -> int | None:
    """Look at the disk if the database is on this machine and we may know where."""
    url: URL = connection.engine.url
    if url.host not in {None, "", "localhost", "127.0.0.1", "::1"}:
        return None
    if not await connection.scalar(text("SELECT pg_has_role('pg_read_all_settings', 'USAGE')")):
        return None
    places = await connection.scalars(
        text(
            "SELECT current_setting('data_directory') UNION ALL SELECT pg_tablespace_location(dattablespace) "
            "FROM pg_database WHERE datname = current_database()"
        )
    )
    try:
        return min(shutil.disk_usage(Path(str(place))).free for place in places if place)
    except (OSError, ValueError):
        return None
