"""PostgreSQL's own programs: where they are, and how they are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from server_stub.migrations.url import libpq
from server_stub.operations.dump.errors import DumpError
from server_stub.storage.embedded import EmbeddedPostgres
from server_stub.storage.embedded_user import EmbeddedDatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEBIAN = Path("/usr/lib/postgresql")
_ANSWERS_IN_S = 20


def dumper(server: str) -> str:
    """Return the pg_dump of the server's major version, or of the next newer one.

    Raises:
        DumpError: If there is none that runs.
    """
    major = _major(server)
    found = _installed("pg_dump")
    fitting = sorted(version for version in found if version >= major)
    if not fitting:
        raise DumpError(
            f"pg_dump of PostgreSQL {major} or newer is needed"
            + ("" if not found else f", and only that of {max(found)} is here")
            + f". Install it: apt-get install postgresql-client-{major}"
        )
    return found[fitting[0]]


def reader(file: Path, server: str) -> tuple[str, str]:
    """Return the pg_restore that can read a dump, the oldest one that can, and the dump's list of contents.

    Args:
        file: The dump.
        server: Version of the server that it was made on.

    Raises:
        DumpError: If none can; the message says what the newest one said.
    """
    found = _installed("pg_restore")
    said = ""
    for version in sorted(found, key=lambda version: (version < _major(server), version)):
        done = subprocess.run(
            [found[version], "--list", str(file)], capture_output=True, text=True, check=False
        )
        if not done.returncode:
            return found[version], done.stdout
        said = _first_line(done.stderr, done.returncode)
    if not found:
        raise DumpError(
            f"pg_restore is needed. Install it: apt-get install postgresql-client-{_major(server)}"
        )
    raise DumpError(
        f"{file} cannot be read by pg_restore {max(found)} ({said}). It was made on PostgreSQL {server}: "
        f"install its programs (apt-get install postgresql-client-{_major(server)}), or take another backup."
    )


def _major(server: str) -> int:
    return int(re.split(r"\D", server, maxsplit=1)[0])


def _installed(name: str) -> dict[int, str]:
    """Return where a program is by its major version; what cannot be run is not there."""
    paths = [*map(str, _DEBIAN.glob(f"*/bin/{name}")), _embedded(name), shutil.which(name)]
    found: dict[int, str] = {}
    for path in filter(None, paths):
        try:
            done = subprocess.run(
                [path, "--version"], capture_output=True, text=True, check=False, timeout=_ANSWERS_IN_S
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if not done.returncode and (match := re.search(r"\) (\d+)", done.stdout)):
            found.setdefault(int(match[1]), path)
    return found


def _embedded(name: str) -> str | None:
    try:
        return str(EmbeddedPostgres(Path("/nonexistent")).program(name))
    except EmbeddedDatabaseError:
        return None


def dump(url: str, server: str, *arguments: str) -> None:
    """Run pg_dump; the password goes through the environment, where no process list shows it."""
    address, password = libpq(url)
    done = subprocess.run(
        [dumper(server), f"--dbname={address}", "--no-password", *arguments],
        env={**os.environ, **({"PGPASSWORD": password} if password else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DumpError(f"pg_dump failed: {_first_line(done.stderr, done.returncode)}")


@contextmanager
def sql_of(program: str, file: Path, *options: str) -> Iterator[BinaryIO]:
    """Read a dump as SQL.

    Raises:
        DumpError: At the end of the block, if the dump could not be read to its end.
    """
    command = [program, "--file=-", *options, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
        assert reading.stdout is not None  # noqa: S101 - they are pipes
        assert reading.stderr is not None  # noqa: S101
        try:
            yield reading.stdout  # type: ignore[misc]
        except BaseException:
            reading.kill()
            raise
        reading.stdout.close()
        said = reading.stderr.read().decode(errors="replace")
    if reading.returncode:
        raise DumpError(
            f"{file} cannot be read to its end: {_first_line(said, reading.returncode)} Take another backup."
        )


def _first_line(said: str, status: int) -> str:
    return (said.strip().splitlines() or [f"it ended with status {status}."])[0]
