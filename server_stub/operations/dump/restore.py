"""Bring a backup back: beside what is live, compared, and exchanged in the last moment of one transaction."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg

from server_stub.migrations import bookkeeping, lock
from server_stub.operations.dump import checks, contents, copies, feed, manifest, programs, toc
from server_stub.operations.dump.contents import KEPT, OWN_SCHEMAS, Live
from server_stub.operations.dump.errors import DumpError
from server_stub.operations.dump.exchange import carry_rights, exchange, quoted, rename
from server_stub.operations.dump.session import session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from server_stub.operations.dump.manifest import Manifest
    from server_stub.operations.dump.session import Connection
    from server_stub.operations.dump.toc import Entry

#: Seconds to wait for a migration, and for transactions that hold locks on the live tables.
PATIENCE = 60.0
_POLL_S = 0.1
#: What is left out without a word: the rights are those of what is replaced, or are granted again.
_UNTOLD = frozenset({"ACL", "COMMENT", "DEFAULT ACL", "SCHEMA"})
_AS_BEFORE = "The database is exactly as before."


@dataclass(frozen=True, slots=True)
class Plan:
    """A restore that every check has passed.

    Attributes:
        file: The backup.
        manifest: What it holds.
        program: The pg_restore that reads it.
        entries: What is taken of it.
        left_out: What is not.
        live: What the database holds now.
    """

    file: Path
    manifest: Manifest
    program: str
    entries: tuple[Entry, ...]
    left_out: tuple[str, ...]
    live: Live


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        rows: Rows of each table that came back.
        kept: The schema with what was live before; ``None`` if there was nothing.
    """

    rows: dict[str, int]
    kept: str | None


async def plan(url: str, file: Path, *, replace: bool) -> Plan:
    """Check everything that can be known before a restore begins, and change nothing.

    Args:
        url: Address of the database.
        file: The backup.
        replace: Whether Ablage's tables may be there already.

    Raises:
        DumpError: If it cannot work; the message says why and what to do.
    """
    found = manifest.read(file)
    program, listed = programs.reader(file, found.server)
    with programs.sql_of(program, file, "--data-only") as stream:
        written = copies.count(stream)
    if wrong := sorted(name for name, count in found.rows.items() if written.get(name) != count):
        raise DumpError(f"{file} does not hold all rows of {', '.join(wrong)}. Take another backup.")
    with programs.sql_of(program, file, "--schema-only") as stream:
        while stream.read(1 << 20):
            pass
    every = toc.entries(listed)
    async with session(url) as connection:
        await checks.server(connection)
        await checks.room(connection, found.bytes)
        live = await contents.look(connection)
        if (live.relations or live.others) and not replace:
            raise DumpError(
                f"The database is not empty ({len(live.relations) + len(live.others)} tables). Restore into "
                "a new one, or pass --clean to put the backup in the place of Ablage's tables there."
            )
        chosen = await _choose(connection, live, found, every)
    left_out = tuple(str(one) for one in every if one not in chosen and one.kind not in _UNTOLD)
    return Plan(file, found, program, tuple(chosen), left_out, live)


async def _choose(connection: Connection, live: Live, found: Manifest, every: list[Entry]) -> list[Entry]:
    there = [row["nspname"] for row in await connection.fetch("SELECT nspname FROM pg_namespace")]
    if not live.relations and not live.others:
        chosen = toc.all_but_administrators(every, there)
        await checks.may_create(connection, {one.schema for one in chosen if one.kind == "TABLE"})
        return chosen
    if found.schema is None:
        raise DumpError(
            "The backup is of a database without a release, and the one to restore into is not empty. "
            "Restore it into an empty one. Nothing was changed."
        )
    chosen = toc.ours(every, found.schema)
    if live.schema is None:
        await checks.may_create(connection, {found.schema, *OWN_SCHEMAS})
        return [one for one in chosen if not (one.kind == "SCHEMA" and one.tag in there)]
    if live.schema != found.schema:
        raise DumpError(
            f"The backup holds Ablage's tables in the schema {found.schema}, and the database has them in "
            f"{live.schema}. Restore it into an empty database. Nothing was changed."
        )
    await checks.may_exchange(connection, live)
    await checks.in_the_way(connection, live)
    return chosen


async def restore(url: str, planned: Plan, *, patience: float = PATIENCE) -> Restored:
    """Restore a backup in one transaction.

    Args:
        url: Address of the database.
        planned: See `plan`.
        patience: Seconds to wait for a migration, and to try for locks that the application holds.

    Raises:
        DumpError: If it did not work; the database is as before.
    """
    stamp = _stamp()
    async with _changing(url, "The backup was not restored", patience) as (connection, other):
        live = await contents.look(connection)
        if live != planned.live:
            raise DumpError("the tables of the database have changed meanwhile. Run it again.")
        if live.schema is None:
            rows = await _fill(connection, planned)
            return Restored(rows, None)
        aside, coming, leaving = f"ablage_aside_{stamp}", f"ablage_next_{stamp}", KEPT + stamp
        await rename(connection, live.schema, aside)
        await connection.execute(f"CREATE SCHEMA {quoted(live.schema)}")
        for own in live.own_schemas:
            await rename(connection, own, aside + OWN_SCHEMAS[own])
        rows = await _fill(connection, planned)
        await rename(connection, live.schema, coming)
        await rename(connection, aside, live.schema)
        for own, ending in OWN_SCHEMAS.items():
            if await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", own):
                await rename(connection, own, coming + ending)
            if own in live.own_schemas:
                await rename(connection, aside + ending, own)
        await carry_rights(connection, live, coming)
        await exchange(connection, other, live, coming=coming, leaving=leaving, patience=patience)
        return Restored(rows, leaving)


async def _fill(connection: Connection, planned: Plan) -> dict[str, int]:
    """Make the tables of a backup, compare them with its manifest, and let applications in."""
    names = await feed.feed(connection, planned.program, planned.file, planned.entries)
    found = await contents.fingerprints(connection, names)
    expected = planned.manifest.rows
    lost = [name for name in names if name not in expected]
    lost += [name for name, one in found.items() if expected.get(name) != one.rows]
    hashes = planned.manifest.hashes
    lost += [name for name, one in found.items() if name in hashes and hashes[name] != one.hash]
    if lost:
        raise DumpError(
            f"the rows of {', '.join(sorted(set(lost)))} are not those of the backup's manifest. "
            "Take another backup."
        )
    if planned.manifest.revision is not None:
        # What triggers need under an application's own role; no privilege came with the backup.
        for statement in bookkeeping.statements():
            await connection.execute(statement)
    for name in names:
        await connection.execute(f"ANALYZE {name}")
    return {name: one.rows for name, one in found.items()}


async def bring_back(url: str, kept: str, *, patience: float = PATIENCE) -> str:
    """Put what a restore kept in its place again, and keep what is live now; return where.

    Raises:
        DumpError: If it did not work; the database is as before.
    """
    leaving = KEPT + _stamp()
    async with _changing(url, f"{kept} was not brought back", patience) as (connection, other):
        if kept not in await kept_ones(connection):
            there = ", ".join(await kept_ones(connection)) or "nothing"
            raise DumpError(f"it is not there. Kept: {there}.")
        live = await contents.look(connection)
        if live.schema is None:
            raise DumpError("there are no tables of Ablage to exchange it with.")
        await checks.may_exchange(connection, live)
        await checks.in_the_way(connection, live)
        await exchange(connection, other, live, coming=kept, leaving=leaving, patience=patience)
    return leaving


async def drop_old(url: str, *, patience: float = PATIENCE) -> list[str]:
    """Delete what restores kept; return what it was called.

    Raises:
        DumpError: If something of another program hangs on it.
    """
    async with _changing(url, "Nothing was deleted", patience) as (connection, _):
        names = await kept_ones(connection)
        schemas = [name + ending for name in names for ending in ("", *OWN_SCHEMAS.values())]
        there = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname = ANY($1)", schemas)
        found = tuple(str(row["nspname"]) for row in there)
        await checks.in_the_way(connection, Live(None, (), found, {}, ()))
        if found:
            await connection.execute(f"DROP SCHEMA {', '.join(map(quoted, found))} CASCADE")
    return names


def _stamp() -> str:
    """Return the time as part of a name, to the millisecond."""
    return f"{datetime.now(UTC):%Y%m%dt%H%M%S%f}"[:-3] + "z"


async def kept_ones(connection: Connection) -> list[str]:
    """Return the schemas in which restores kept what was live before, the oldest first."""
    endings = tuple(OWN_SCHEMAS.values())
    found = await connection.fetch(
        "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, $1) ORDER BY 1", KEPT
    )
    return [row["nspname"] for row in found if not str(row["nspname"]).endswith(endings)]


@asynccontextmanager
async def _changing(url: str, otherwise: str, patience: float) -> AsyncIterator[Sequence[Connection]]:
    """Give a connection in a transaction that no migration runs beside, and another one.

    Args:
        url: Address of the database.
        otherwise: How the message of an error begins.
        patience: Seconds to wait for a migration.
    """
    transaction = None
    try:
        async with session(url) as other, session(url) as connection:
            await _alone(other, patience)
            async with connection.transaction():
                transaction = await connection.fetchval("SELECT pg_current_xact_id()::text")
                yield connection, other
                await other.execute("SELECT 1")  # whoever lost it no longer keeps migrations away
    except DumpError as error:
        raise DumpError(f"{otherwise}: {error} {_AS_BEFORE}") from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        if transaction is not None and await _committed(url, transaction):
            return  # the connection broke before the answer came
        raise DumpError(f"{otherwise}: {_reason(error)} {_AS_BEFORE}") from error


async def _alone(connection: Connection, patience: float) -> None:
    """Take the lock of migrations, which the connection holds until it is closed."""
    deadline = time.monotonic() + patience
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", *lock.KEY):
        if time.monotonic() > deadline:
            raise DumpError(
                f"a migration or another restore is running, and did not end within {patience:.0f} s. "
                "Wait for it (--wait SECONDS)."
            )
        await asyncio.sleep(_POLL_S)


async def _committed(url: str, transaction: str) -> bool:
    """Whether a transaction was committed after all."""
    async with session(url) as connection:
        status = await connection.fetchval("SELECT pg_xact_status($1::text::xid8)", transaction)
        return bool(status == "committed")


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    said = lines[0].rstrip(".")
    match getattr(error, "sqlstate", None):
        case "53100":
            return f"the disk is full ({said}). Make room, and run it again."
        case "42501":
            return f"a right is missing ({said}). Restore under the role that owns the tables."
        case None | "57P01" | "57P02" | "57P03":
            return f"the connection to the database broke ({said}). Run it again."
        case _:
            return f"{said}."
