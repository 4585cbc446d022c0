"""The whole history on an empty database: one head, no drift, every step up, down and up again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_alembic.plugin.fixtures import alembic_runner
from pytest_alembic.tests.default import (
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)

from server_stub.migrations import commands
from server_stub.migrations.connection import engine
from server_stub.migrations.releases import RELEASES, release_of, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.config import Config
    from sqlalchemy.ext.asyncio import AsyncEngine

    from .conftest import Sql

__all__ = [
    "alembic_runner",
    "test_model_definitions_match_ddl",
    "test_single_head_revision",
    "test_up_down_consistency",
    "test_upgrade",
]

REVISIONS = [step.revision for step in commands.script().walk_revisions()][::-1]


@pytest.fixture
def alembic_config() -> Config:
    return commands.config()


@pytest.fixture
def alembic_engine(new_database: Callable[..., str]) -> AsyncEngine:
    return engine(new_database())


def test_releases_name_revisions_and_the_newest_is_the_head() -> None:
    assert list(RELEASES) == ["v0.9", "v1.0", "v2.0-expand", "v2.0"]
    assert [REVISIONS.index(revision) for revision in RELEASES.values()] == sorted(
        REVISIONS.index(revision) for revision in RELEASES.values()
    )
    assert RELEASES["v2.0"] == REVISIONS[-1]
    assert {release_of(revision) for revision in REVISIONS} == {None, *RELEASES}


def test_release_names_are_branch_labels_so_that_plain_alembic_takes_them() -> None:
    script = commands.script()
    for release, revision in RELEASES.items():
        found = script.get_revision(release)
        assert found is not None
        assert found.revision == revision
        assert resolve(release) == resolve(release.removeprefix("v")) == revision


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_file_says_what_why_what_breaks_and_how_to_adapt(revision: str) -> None:
    step = commands.script().get_revision(revision)
    assert step is not None
    assert re.fullmatch(r"\d{8}_[a-z0-9_]+\.py", Path(step.path).name)
    assert all(f"\n{word}: " in step.longdoc for word in ("What", "Why", "Breaks", "Adapt"))


def test_fixed_revision_ids_are_kept() -> None:
    assert REVISIONS[:4] == ["f6e5d4c3b2a1", "a1b2c3d4e5f6", "b2c3d4e5f6a7", "c3d4e5f6a7b8"]


def test_upgrade_runs_twice_without_harm(new_database: Callable[..., str]) -> None:
    url = new_database()
    assert commands.current(url) is None
    commands.upgrade(url)
    commands.upgrade(url)
    assert commands.current(url) == REVISIONS[-1]


async def test_commands_work_while_an_event_loop_runs(new_database: Callable[..., str]) -> None:
    url = new_database()
    commands.upgrade(url, "v0.9")
    assert commands.current(url) == RELEASES["v0.9"]


def test_every_step_can_be_repeated_after_it_was_killed_before_its_version_was_noted(
    new_database: Callable[..., str], sql: type[Sql]
) -> None:
    """Each revision runs, its note is taken back as a crash would, and it runs again."""
    url = new_database()
    for before, revision in zip([None, *REVISIONS], REVISIONS, strict=False):
        commands.upgrade(url, revision)
        if before is not None and revision not in ATOMIC:
            sql(url)("UPDATE alembic_version SET version_num = %s", before)
            commands.upgrade(url, revision)
    assert commands.current(url) == REVISIONS[-1]


#: Their last step and the note of the version are one transaction, so they are never half done.
ATOMIC = {"2b3c4d5e6f7a", "3c4d5e6f7a8b", "4d5e6f7a8b9c", "5e6f7a8b9c0d"}
