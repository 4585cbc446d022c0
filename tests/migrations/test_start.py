"""A server that starts brings its database as far as it needs, and refuses what it cannot work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server_stub.errors import StartupError
from server_stub.migrations import commands
from server_stub.migrations.releases import RELEASES
from server_stub.runtime import running
from server_stub.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Sql


async def _start(url: str, data_dir: Path, *, auto_migrate: bool = True) -> None:
    settings = load_settings(database_url=url, data_dir=data_dir, auto_migrate=auto_migrate)
    async with running(settings):
        pass


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, "v2.0"), ("v0.9", "v2.0-expand"), ("v1.0", "v2.0-expand"), ("v2.0-expand", "v2.0-expand")],
)
async def test_a_start_leaves_the_contract_step_to_the_operator(
    new_database: Callable[..., str], tmp_path: Path, before: str | None, after: str
) -> None:
    url = new_database(before)
    await _start(url, tmp_path)
    assert commands.current(url) == RELEASES[after]


async def test_without_migrating_an_old_database_is_refused(
    new_database: Callable[..., str], tmp_path: Path
) -> None:
    with pytest.raises(StartupError, match="Run: ablage-server db upgrade v2"):
        await _start(new_database("v1.0"), tmp_path, auto_migrate=False)


async def test_a_database_of_a_later_release_is_refused(
    new_database: Callable[..., str], sql: type[Sql], tmp_path: Path
) -> None:
    url = new_database("v2.0")
    sql(url)("UPDATE alembic_version SET version_num = '0123456789ab'")
    with pytest.raises(StartupError, match="a newer release migrated it"):
        await _start(url, tmp_path)
