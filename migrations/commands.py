"""Migrate a database from a program: ``upgrade``, ``downgrade``, ``current``.

All functions are synchronous. From a coroutine call them with ``asyncio.to_thread``.
"""

from __future__ import annotations

import contextlib
import io
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import text

from . import backfills, releases
from .connection import engine
from .errors import RefusedError, UnknownRevisionError
from .loop import run_async
from .offline import Script
from .options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alembic.runtime.migration import MigrationInfo
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    Observer = Callable[[MigrationInfo], None]

#: Alembic keeps the running migration in module globals: one at a time in one process.
_one_at_a_time = threading.Lock()

HERE = Path(__file__).parent


def config(url: str | URL | None = None, *, output: TextIO | None = None) -> Config:
    """Return Alembic's configuration for the history that ships with this package."""
    made = Config(stdout=output or io.StringIO())
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.set_main_option("target_metadata", "server_stub.storage.tables:metadata")
    if url is not None:
        made.attributes["url"] = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    return made


def script() -> ScriptDirectory:
    """Return the history."""
    return ScriptDirectory.from_config(config())


def upgrade(
    url: str | URL,
    target: str = "head",
    *,
    options: Options | None = None,
    observer: Observer | None = None,
    on_progress: Callable[[backfills.Progress], None] | None = None,
) -> None:
    """Bring a database forward to a release or revision.

    Args:
        url: Database address, see `server_stub.migrations.url.parse`.
        target: A release (``v2.0-expand``), a revision, ``head`` or ``+1``.
        options: How long to wait for what, and how fast to move data.
        observer: Called after each revision.
        on_progress: Called about twice a second while data is moved, from the thread that moves it.

    Raises:
        MigrationLockedError: If another migration of this database does not finish in time.
        LockPatienceError: If the application's transactions leave no room for a step.
        ContractRefusedError: If release 2.0 would lose data or break a running server of release 1.0.
        UnknownRevisionError: If there is no such release or revision.
    """
    _run(command.upgrade, url, target, options, observer, on_progress)


def downgrade(
    url: str | URL,
    target: str,
    *,
    options: Options | None = None,
    observer: Observer | None = None,
    on_progress: Callable[[backfills.Progress], None] | None = None,
) -> None:
    """Take a database back to a release, a revision, ``-1`` or ``base``; nothing is lost.

    Args:
        url: Database address, see `server_stub.migrations.url.parse`.
        target: A release (``v1.0``), a revision, ``-1`` or ``base``.
        options: How long to wait for what, and how fast to move data.
        observer: Called after each revision.
        on_progress: Called about twice a second while data is moved, from the thread that moves it.

    Raises:
        MigrationLockedError: If another migration of this database does not finish in time.
        LockPatienceError: If the application's transactions leave no room for a step.
        ContractRefusedError: If it would go below v2.0-expand while a server of release 2.0 is alive.
        NotEmptyError: If ``base`` would delete rows.
        UnknownRevisionError: If there is no such release or revision.
    """
    _run(command.downgrade, url, target, options, observer, on_progress)


def _run(
    direction: Callable[[Config, str], None],
    url: str | URL,
    target: str,
    options: Options | None,
    observer: Observer | None,
    on_progress: Callable[[backfills.Progress], None] | None,
) -> None:
    made = config(url)
    made.attributes["command"] = direction.__name__
    made.attributes["ablage"] = options or Options()
    made.attributes["observer"] = observer
    made.attributes["on_progress"] = on_progress
    with _one_at_a_time, _known(target):
        try:
            direction(made, releases.resolve(target))
        except (CommandError, RefusedError):
            raise  # nothing was run
        except Exception as error:
            _count_error(url, error, down=direction is command.downgrade)
            raise


@contextlib.contextmanager
def _known(name: str, *, option: str = "") -> Iterator[None]:
    """Tell in words that there is no such release or revision, and which ones there are.

    Args:
        name: As it was given.
        option: The option it was given with, if it is not the target.
    """
    try:
        yield
    except CommandError as error:
        argument = f"{option} {name!r}".lstrip()
        raise UnknownRevisionError(
            f"{argument}: {error}. Releases: {', '.join(releases.RELEASES)}. "
            "Revisions: ablage-server db history"
        ) from None


def _count_error(url: str | URL, error: Exception, *, down: bool) -> None:
    """Count an error of the revision at which the database stopped; the error itself matters more."""
    with contextlib.suppress(Exception):
        at = current(url)
        order = [step.revision for step in script().walk_revisions()][::-1]
        failed = order[0] if at is None else at if down else order[order.index(at) + 1]
        backfills.record_error(url, failed, type(error).__name__)


def stamp(url: str | URL, target: str) -> None:
    """Record a release or revision as the current one without running anything.

    Raises:
        UnknownRevisionError: If there is no such release or revision.
    """
    with _one_at_a_time, _known(target):
        made = config(url)
        made.attributes["command"] = "stamp"
        command.stamp(made, releases.resolve(target))


def current(url: str | URL) -> str | None:
    """Return the revision a database is at, or ``None`` if it has none."""
    return run_async(_current(url))


async def _current(url: str | URL) -> str | None:
    async with engine(url).connect() as connection:
        return await current_revision(connection)


async def current_revision(connection: AsyncConnection) -> str | None:
    """Return the revision of the database that a connection leads to, or ``None`` if it has none."""
    if await connection.scalar(text("SELECT to_regclass('alembic_version') IS NULL")):
        return None
    revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def offline_script(start: str | None, target: str) -> Script:
    """Return the SQL that takes a database from one release or revision to another.

    Data moves run in batches and have no place in a script: where one is due, the script refuses to go on
    until it was run, and names the command.

    Args:
        start: Release or revision the database is at, not a relative one; ``None`` for an empty one.
        target: Release or revision to go to, older or newer.

    Raises:
        UnknownRevisionError: If there is no such release or revision.
    """
    known = script()
    with _known(start or "base", option="--from"):
        begin = known.get_revisions(releases.resolve(start or "base"))
    first = next((step.revision for step in begin), "base")
    last = releases.resolve(target)
    output = Script()
    made = config(output=output)
    made.attributes.update(ablage=Options(), script=output, observer=output.end)
    order = [step.revision for step in known.walk_revisions()]  # newest first
    down = first in order and (last == "base" or (last in order and order.index(last) > order.index(first)))
    with _one_at_a_time, contextlib.redirect_stdout(output), _known(target):
        (command.downgrade if down else command.upgrade)(made, f"{first}:{last}", sql=True)
    return output


def offline_sql(start: str | None, target: str) -> str:
    """Return the text of `offline_script`."""
    return offline_script(start, target).getvalue()


def distance(start: str | None, target: str) -> int:
    """Return how many revisions lie between where a database is and where it shall go."""
    order = [None, *reversed([step.revision for step in script().walk_revisions()])]
    if target[:1] in "+-" and target[1:].isdigit():
        return int(target[1:])
    last = {"head": order[-1], "heads": order[-1], "base": None}.get(target, releases.resolve(target))
    if start not in order or last not in order:
        return 0
    return abs(order.index(last) - order.index(start))
