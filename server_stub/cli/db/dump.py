"""`ablage-server db backup` and `restore`, with PostgreSQL's own programs."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer

from server_stub.cli.commands import CommandError
from server_stub.cli.db.programs import call, rows_in
from server_stub.cli.db.shell import DataDir, confirm, database
from server_stub.cli.options import AsJson, DatabaseUrl  # noqa: TC001 - typer reads annotations
from server_stub.cli.output import show, size
from server_stub.migrations.releases import release_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import asyncpg

R = TypeVar("R")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands beside a backup, in ``<file>.json``.

    Attributes:
        revision: Revision of the database.
        release: Its release, if it is exactly at one.
        server: Version of PostgreSQL.
        made_at: When, in UTC.
        sha256: Of the file.
        rows: Rows of each table at the moment of the backup.
    """

    revision: str | None
    release: str | None
    server: str
    made_at: str
    sha256: str
    rows: dict[str, int]


def backup(
    directory: Annotated[Path, typer.Argument(help="Where to write it; made when missing.")],
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Save the database while it is in use, and verify what was written by reading all of it.

    Example: ablage-server db backup /var/backups/ablage
    """
    from server_stub.migrations import commands
    from server_stub.migrations.loop import run_async

    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"The directory {directory} cannot be made: {error.strerror}.") from None
    with database(database_url, data_dir) as url:
        revision = commands.current(url)
        label = release_of(revision or "") or revision or "empty"
        made_at = datetime.now(UTC)
        file = directory / f"ablage-{label}-{made_at:%Y%m%dT%H%M%SZ}.dump"
        try:
            server, rows = run_async(_dump(url, file))
        except BaseException:
            file.unlink(missing_ok=True)
            raise
    written = rows_in(file, server)
    wrong = sorted(name for name, count in rows.items() if written.get(name) != count)
    if wrong:
        file.unlink()
        raise CommandError(
            f"The backup does not hold all rows of {', '.join(wrong)}; it was deleted. Try again."
        )
    manifest = Manifest(
        revision, release_of(revision or ""), server, made_at.isoformat(), _sha256(file), rows
    )
    _manifest_of(file).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    show(
        {"file": str(file), "bytes": file.stat().st_size, **asdict(manifest)},
        as_json=as_json,
        text=f"{file}: {size(file.stat().st_size)}, {sum(rows.values())} rows in {len(rows)} tables, "
        "read back and verified.",
    )


async def _dump(url: str, file: Path) -> tuple[str, dict[str, int]]:
    """Dump a database, and count its rows as the dump sees them."""
    connection = await _connect(url)
    try:
        server = str(await connection.fetchval("SHOW server_version"))
        # One snapshot for both: rows that come in meanwhile are in neither.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            dump = asyncio.create_task(
                asyncio.to_thread(
                    call,
                    "pg_dump",
                    server,
                    url,
                    "--format=custom",
                    f"--snapshot={snapshot}",
                    f"--file={file}",
                )
            )
            try:
                rows = {table: await _count(connection, table) for table in await _tables(connection)}
            finally:
                await dump
    finally:
        await connection.close()
    return server, rows


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    clean: Annotated[bool, typer.Option("--clean", help="Delete what is in the database first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back into an empty database, all or nothing, and compare every table's rows.

    Everything belongs to the role that restores it: grant other roles their rights again.

    Example: ablage-server db restore /var/backups/ablage/ablage-v1.0-20250601T101500Z.dump
    """
    from server_stub.migrations.loop import run_async

    manifest = _read_manifest(file)
    with database(database_url, data_dir, create=True) as url:
        tables = run_async(_with(url, _tables))
        if tables and not clean:
            raise CommandError(
                f"The database is not empty ({len(tables)} tables). Restore into a new one, "
                "or pass --clean to delete what is there."
            )
        if tables:
            confirm(f"Delete {len(tables)} tables and all their rows first?", yes=yes)
            run_async(_with(url, _empty))
        server = str(run_async(_with(url, lambda c: c.fetchval("SHOW server_version"))))
        options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
        call("pg_restore", server, url, *options, str(file))
        rows = run_async(_with(url, _all_rows))
        if manifest.revision is not None:
            run_async(_with(url, _let_applications_in))
    wrong = sorted(name for name, count in manifest.rows.items() if rows.get(name) != count)
    if wrong:
        raise CommandError(f"Not all rows of {', '.join(wrong)} came back. Do not use this database.")
    show(
        {"file": str(file), "release": manifest.release, "revision": manifest.revision, "rows": rows},
        as_json=as_json,
        text=f"Restored: {sum(rows.values())} rows in {len(rows)} tables; the database is at "
        f"{manifest.release or manifest.revision or 'no revision'}.",
    )


def _read_manifest(file: Path) -> Manifest:
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    try:
        manifest = Manifest(**json.loads(_manifest_of(file).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise CommandError(
            f"{_manifest_of(file)} is missing, so the backup cannot be verified. "
            "For a dump that something else made, use pg_restore."
        ) from None
    except (ValueError, TypeError):
        raise CommandError(f"{_manifest_of(file)} is damaged. Take another backup.") from None
    if _sha256(file) != manifest.sha256:
        raise CommandError(
            f"{file} is damaged: its SHA-256 is not that of when it was made. Take another backup."
        )
    return manifest


def _manifest_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# --- the database -----------------------------------------------------------------------------------


async def _connect(url: str) -> Connection:
    import asyncpg

    from server_stub.migrations.url import dsn

    connection: Connection = await asyncpg.connect(dsn(url))
    return connection


async def _with(url: str, work: Callable[[Connection], Awaitable[R]]) -> R:
    connection = await _connect(url)
    try:
        return await work(connection)
    finally:
        await connection.close()


async def _tables(connection: Connection) -> list[str]:
    return [
        str(row["name"])
        for row in await connection.fetch(
            "SELECT format('%I.%I', n.nspname, c.relname) AS name "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
            "AND n.nspname NOT LIKE 'pg\\_%' AND c.relpersistence <> 't' "
            # A table of an extension is made with it; a dump holds none or some of its rows.
            "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass "
            "AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1"
        )
    ]


async def _count(connection: Connection, table: str) -> int:
    count: int = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - quoted by _tables
    return count


async def _all_rows(connection: Connection) -> dict[str, int]:
    return {table: await _count(connection, table) for table in await _tables(connection)}


async def _empty(connection: Connection) -> None:
    schemas = await connection.fetch(
        "SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE nspname <> 'information_schema' "
        "AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'public'"
    )
    async with connection.transaction():
        for schema in schemas:
            await connection.execute(f"DROP SCHEMA {schema['name']} CASCADE")
        await connection.execute("DROP SCHEMA public CASCADE")
        await connection.execute("CREATE SCHEMA public")
        await connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")  # as in any new database


async def _let_applications_in(connection: Connection) -> None:
    """Grant what triggers need under an application's own role; no privilege came with the backup."""
    from server_stub.migrations import bookkeeping

    async with connection.transaction():
        for statement in bookkeeping.statements():
            await connection.execute(statement)
