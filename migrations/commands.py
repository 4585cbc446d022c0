"""Migrate a database from a program: ``upgrade``, ``downgrade``, ``current``.

All functions are synchronous. From a coroutine call them with ``asyncio.to_thread``.
"""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from . import releases
from .url import engine

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

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


def upgrade(url: str | URL, target: str = "head") -> None:
    """Bring a database forward to a release or revision.

    Args:
        url: Database address, see `server_stub.migrations.url.parse`.
        target: A release (``v2.0-expand``), a revision, ``head`` or ``+1``.
    """
    command.upgrade(config(url), releases.resolve(target))


def downgrade(url: str | URL, target: str) -> None:
    """Take a database back to a release, a revision, ``-1`` or ``base``."""
    command.downgrade(config(url), releases.resolve(target))


def stamp(url: str | URL, target: str) -> None:
    """Record a release or revision as the current one without running anything."""
    command.stamp(config(url), releases.resolve(target))


def current(url: str | URL) -> str | None:
    """Return the revision a database is at, or ``None`` if it has none."""
    return asyncio.run(_current(url))


async def _current(url: str | URL) -> str | None:
    database = engine(url)
    async with database.connect() as connection:
        if await connection.scalar(text("SELECT to_regclass('alembic_version') IS NULL")):
            return None
        revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision
