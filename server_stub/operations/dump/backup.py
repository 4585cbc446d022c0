"""Make a backup while the database is in use, and read all of it back before it counts as one."""

from __future__ import annotations

import asyncio
import fcntl
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from server_stub.migrations.releases import release_of
from server_stub.operations.dump import contents, copies, manifest, programs
from server_stub.operations.dump.errors import DumpError
from server_stub.operations.dump.session import session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server_stub.operations.dump.contents import Fingerprint
    from server_stub.operations.dump.manifest import Manifest

_OPTIONS = (
    "--format=custom",
    "--no-publications",
    "--no-subscriptions",
    # What a restore kept of the time before it.
    f"--exclude-schema={contents.KEPT}*",
    # Those of other programs need rights that whoever restores may not have; this one is always there.
    "--extension=plpgsql",
)


async def backup(url: str, directory: Path) -> tuple[Path, Manifest]:
    """Write a backup and its manifest.

    Args:
        url: Address of the database.
        directory: Where to write; made when missing.

    Raises:
        DumpError: If that does not work; then nothing is left that looks like a backup.
    """
    made_at = datetime.now(UTC)
    revision = await _revision(url)
    release = release_of(revision or "")
    file = directory / f"ablage-{release or revision or 'empty'}-{made_at:%Y%m%dT%H%M%SZ}.dump"
    with _part(file) as part:
        server, found, size = await _dump(url, part)
        _read_back(part, server, found)
        made = manifest.Manifest(
            revision,
            release,
            server,
            made_at.isoformat(),
            manifest.sha256(part),
            {table: one.rows for table, one in found.items()},
            {table: one.hash for table, one in found.items()},
            size,
        )
        manifest.put(part, file)
    try:
        manifest.write(file, made)
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return file, made


@contextmanager
def _part(file: Path) -> Iterator[Path]:
    """Give the name under which a backup is written until it is complete; nobody else uses it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DumpError(f"The directory {file.parent} cannot be made: {error.strerror}.") from None
    for left in file.parent.glob(".ablage-*.dump.part"):
        with left.open("rb") as found:
            try:
                fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # of a backup that goes on
            left.unlink(missing_ok=True)  # of one that was killed
    part = file.with_name(f".{file.name}.part")
    try:
        stream = part.open("xb")
    except FileExistsError:
        raise DumpError("Another backup into this directory began just now. Try again.") from None
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        try:
            if file.exists():
                raise DumpError(f"{file} is there already. Try again.")
            yield part
        finally:
            part.unlink(missing_ok=True)


async def _revision(url: str) -> str | None:
    async with session(url) as connection:
        if await connection.fetchval("SELECT to_regclass('alembic_version') IS NULL"):
            return None
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return revision


async def _dump(url: str, file: Path) -> tuple[str, dict[str, Fingerprint], int]:
    """Dump a database, and take the fingerprints of its tables as the dump sees them."""
    async with session(url) as connection:
        server = str(await connection.fetchval("SHOW server_version"))
        # One snapshot for both: rows that come in meanwhile are in neither.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            arguments = (*_OPTIONS, f"--snapshot={snapshot}", f"--file={file}")
            dump = asyncio.create_task(asyncio.to_thread(programs.dump, url, server, *arguments))
            try:
                names = await contents.tables(connection)
                found = await contents.fingerprints(connection, names)
                size = await connection.fetchval(
                    "SELECT coalesce(sum(pg_total_relation_size(name::regclass)), 0)::bigint "
                    "FROM unnest($1::text[]) AS name",
                    names,
                )
            finally:
                await dump
    return server, found, size


def _read_back(file: Path, server: str, found: dict[str, Fingerprint]) -> None:
    program, _ = programs.reader(file, server)
    with programs.sql_of(program, file, "--data-only") as stream:
        written = copies.count(stream)
    wrong = sorted(name for name, one in found.items() if written.get(name) != one.rows)
    if wrong:
        raise DumpError(
            f"The backup does not hold all rows of {', '.join(wrong)}; it was deleted. Try again."
        )
