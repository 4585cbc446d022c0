"""Whether a release of the server can work on a database, by its revision.

========  ==================================
server    works from … to
========  ==================================
``1.0``   ``v1.0`` … ``v2.0-expand``
``2.0``   ``v2.0-expand`` … ``v2.0``
========  ==================================
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from . import ownership
from .commands import script
from .errors import MigrationError
from .releases import RELEASES, release_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

#: Server release → oldest and newest database release that it works on.
SUPPORTED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"1.0": ("v1.0", "v2.0-expand"), "2.0": ("v2.0-expand", "v2.0")}
)


class IncompatibleSchemaError(MigrationError):
    """This release of the server cannot work on this database; the message names the command that helps."""


class SchemaTooOldError(IncompatibleSchemaError):
    """The database has to be upgraded first."""


class SchemaTooNewError(IncompatibleSchemaError):
    """The database has been upgraded beyond what this release knows."""


def check(revision: str | None, *, release: str = "2.0") -> None:
    """Refuse a database that a server release cannot work on.

    Args:
        revision: Revision of the database, see `commands.current`; ``None`` if it has none.
        release: Release that the server runs as: ``"1.0"`` or ``"2.0"``.

    Raises:
        SchemaTooOldError: If the database is too old.
        SchemaTooNewError: If the database is too new, or at a revision that this package does not know.
        ValueError: If there is no such release.
    """
    if release not in SUPPORTED:
        raise ValueError(f"There is no server release {release!r}, only {', '.join(SUPPORTED)}.")
    oldest, newest = SUPPORTED[release]
    order = _order()
    if revision is None:
        raise SchemaTooOldError(
            f"The database has no tables of Ablage yet. Run: ablage-server db upgrade v{release} "
            "(or ablage-server db adopt if another program made them)."
        )
    if revision not in order:
        raise SchemaTooNewError(
            f"The database is at revision {revision}, which release {release} does not know: a newer release "
            f"migrated it. Run that release, or with it: ablage-server db downgrade {newest}"
        )
    if order[revision] < order[RELEASES[oldest]]:
        raise SchemaTooOldError(
            f"The database is at {_named(revision)}, and release {release} needs at least {oldest}. "
            f"Run: ablage-server db upgrade {oldest}"
        )
    if order[revision] > order[RELEASES[newest]]:
        raise SchemaTooNewError(
            f"The database is at {_named(revision)}, and release {release} works up to {newest}. "
            f"Run release 2.0, or: ablage-server db downgrade {newest}"
        )


async def check_database(connection: AsyncConnection, *, release: str = "2.0") -> str:
    """Refuse the database that a connection leads to, see `check`; return its revision otherwise."""
    found = await connection.run_sync(ownership.verify)
    revision = found.revision
    check(revision, release=release)
    return revision or ""


def start_target(revision: str | None, *, release: str = "2.0") -> str | None:
    """Say how far a server that migrates at its start should upgrade its database.

    A new database goes to the server's own release at once. One that has data is brought only as far as the
    server needs: dropping what older servers use is left to whoever runs ``ablage-server db upgrade``.

    Args:
        revision: Revision of the database, ``None`` if it has none.
        release: Release that the server runs as.

    Returns:
        What to pass to `commands.upgrade`, or ``None`` if there is nothing to do.
    """
    oldest, _ = SUPPORTED[release]
    if revision is None:
        return f"v{release}"
    order = _order()
    if revision in order and order[revision] < order[RELEASES[oldest]]:
        return oldest
    return None


@cache
def _order() -> Mapping[str, int]:
    newest_first = [step.revision for step in script().walk_revisions()]
    return {revision: number for number, revision in enumerate(reversed(newest_first))}


def _named(revision: str) -> str:
    release = release_of(revision)
    return f"release {release} ({revision})" if release else f"revision {revision}, between two releases"
