"""One PostgreSQL per test process; each server gets a database cloned from a migrated template (20 ms)."""

from __future__ import annotations

import atexit
import fcntl
import itertools
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from server_stub.migrations import commands
from server_stub.migrations.loop import run_async
from server_stub.migrations.url import parse
from server_stub.services.api_key_secrets import key_hash
from server_stub.storage import queue_schema as jobs_schema
from server_stub.storage.database import connect_raw
from server_stub.storage.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    import asyncpg

_PREFIX = "ablage-testing-"
#: Nothing in these databases outlives the tests, so nothing waits for the disk.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "500",
    "shared_buffers": "32MB",
}
_EMPTIED = ("documents", "webhooks", "notification_events", "idempotency_keys", "refresh_tokens")
#: Those that run end by themselves, when they find their document gone.
_FORGET_JOBS = f"DELETE FROM {jobs_schema.SCHEMA}.procrastinate_jobs WHERE status = 'todo'"  # noqa: S608 - a constant


class TestDatabases:
    """Databases for tests, in a PostgreSQL that ends with the process."""

    __test__ = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._postgres: EmbeddedPostgres | None = None
        self._templates: set[str] = set()

    def create(self, *, migrated: bool = True, schema: str = "v2.0") -> str:
        """Make a database and return its address.

        Args:
            migrated: Whether it has tables; otherwise it is empty.
            schema: Of which release of the database the tables are, such as ``v2.0-expand``.
        """
        with self._lock:
            postgres = self._start()
            if migrated and schema not in self._templates:
                self._make_template(postgres, schema)
            name = f"test_{os.getpid()}_{next(self._numbers)}"
            source = _template(schema) if migrated else "template0"
            run_async(_execute(postgres.url(), f'CREATE DATABASE "{name}" TEMPLATE "{source}"'))
        return postgres.url(name)

    def drop(self, url: str) -> None:
        """Delete a database; whoever is still connected is thrown out."""
        name = parse(url).database
        with self._lock:
            if self._postgres is not None:
                run_async(_execute(self._postgres.url(), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    def stop(self) -> None:
        """Stop PostgreSQL and delete its files."""
        with self._lock:
            postgres, self._postgres, self._templates = self._postgres, None, set()
            if postgres is not None:
                postgres.stop()
                shutil.rmtree(postgres.directory, ignore_errors=True)

    def _start(self) -> EmbeddedPostgres:
        if self._postgres is None:
            _remove_leftovers()
            directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
            directory.chmod(0o711)  # for PostgreSQL, which runs as another user when the tests run as root
            postgres = EmbeddedPostgres(directory, _SETTINGS)
            postgres.start()
            atexit.register(self.stop)
            self._postgres = postgres
        return self._postgres

    def _make_template(self, postgres: EmbeddedPostgres, schema: str) -> None:
        name = _template(schema)
        run_async(_execute(postgres.url(), f'CREATE DATABASE "{name}"'))
        commands.upgrade(postgres.url(name), schema)
        run_async(jobs_schema.ensure(parse(postgres.url(name))))
        self._templates.add(schema)


databases = TestDatabases()


def empty(url: str, *, keep_key: str) -> None:
    """Delete all that was made through the API, except the first admin and one key."""
    run_async(_empty(url, key_hash(keep_key)))


async def _empty(url: str, kept: str) -> None:
    connection = await connect_raw(parse(url), application_name="ablage-testing")
    try:
        async with connection.transaction():
            # CASCADE: what refers to them, such as tables that a move of the database keeps.
            await connection.execute(f"TRUNCATE {', '.join(await _present(connection))} CASCADE")
            await connection.execute("DELETE FROM api_keys WHERE key_hash <> $1", kept)
            await connection.execute("DELETE FROM users WHERE id NOT IN (SELECT user_id FROM api_keys)")
            await connection.execute("UPDATE users SET failed_logins = 0, locked_until = NULL")
            await connection.execute(_FORGET_JOBS)
    finally:
        await connection.close()


async def _present(connection: asyncpg.Connection) -> list[str]:
    """Return the tables to empty that there are: each release of the database has its own."""
    named = await connection.fetch(
        "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL", _EMPTIED
    )
    return [row["name"] for row in named]


def _template(schema: str) -> str:
    return f"ablage_template_{schema}"


async def _execute(url: str, statement: str) -> None:
    connection = await connect_raw(parse(url), application_name="ablage-testing")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _remove_leftovers() -> None:
    """Stop and delete what test processes left that were killed."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        in_use = directory / "in-use.lock"
        try:
            with in_use.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue  # in use, being made, or another user's
        leftover = EmbeddedPostgres(directory)
        leftover.start()
        leftover.stop()
        shutil.rmtree(directory, ignore_errors=True)
