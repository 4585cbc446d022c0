"""PostgreSQL's own programs: where they are, and how they are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from server_stub.cli.commands import CommandError
from server_stub.storage.embedded import EmbeddedDatabaseError, EmbeddedPostgres

_DEBIAN = Path("/usr/lib/postgresql")
#: Names are quoted where they must be, and a table may have no column that is written.
_NAME = rb'(?:"(?:[^"]|"")+"|[^\s."]+)'
_COPY = re.compile(rb"COPY (" + _NAME + rb"\." + _NAME + rb") (?:\(.*\))? FROM stdin;\n")


def _program(name: str, server: str) -> str:
    """Find a program of the server's major version, or the next newer one."""
    major = int(re.split(r"\D", server, maxsplit=1)[0])
    found: dict[int, str] = {}
    for directory in _DEBIAN.glob("*/bin"):
        if directory.parent.name.isdigit() and (directory / name).exists():
            found[int(directory.parent.name)] = str(directory / name)
    for path in filter(None, (_embedded(name), shutil.which(name))):
        version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
        if match := re.search(r"\) (\d+)", version):
            found.setdefault(int(match[1]), path)
    fitting = sorted(version for version in found if version >= major)
    if not fitting:
        raise CommandError(
            f"{name} of PostgreSQL {major} or newer is needed. "
            f"Install it: apt-get install postgresql-client-{major}"
        )
    return found[fitting[0]]


def _embedded(name: str) -> str | None:
    try:
        return str(EmbeddedPostgres(Path("/nonexistent")).program(name))
    except EmbeddedDatabaseError:
        return None


def call(name: str, server: str, url: str, *arguments: str) -> None:
    """Run a program; the password goes through the environment, where no process list shows it."""
    from server_stub.migrations.url import libpq

    address, password = libpq(url)
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    done = subprocess.run(
        [_program(name, server), f"--dbname={address}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
        raise CommandError(f"{name} failed: {lines[0]}")


def rows_in(file: Path, server: str) -> dict[str, int]:
    """Read a whole dump and count the rows of each table in it."""
    rows: dict[str, int] = {}
    command = [_program("pg_restore", server), "--data-only", "--file=-", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reading:
        assert reading.stdout is not None  # noqa: S101 - it is a pipe
        table = None
        for line in reading.stdout:
            if table is None:
                if match := _COPY.fullmatch(line):
                    table = match[1].decode()
                    rows[table] = 0
            elif line == b"\\.\n":
                table = None
            else:
                rows[table] += 1
    if reading.returncode:
        raise CommandError(f"{file} cannot be read back: pg_restore ended with status {reading.returncode}.")
    return rows
