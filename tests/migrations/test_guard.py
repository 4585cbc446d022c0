"""A server refuses a database that it cannot work on, and says which command helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server_stub.migrations import guard
from server_stub.migrations.connection import engine
from server_stub.migrations.releases import RELEASES

if TYPE_CHECKING:
    from collections.abc import Callable

WORKS = {
    ("1.0", "v0.9"): None,
    ("1.0", "v1.0"): True,
    ("1.0", "v2.0-expand"): True,
    ("1.0", "v2.0"): False,
    ("2.0", "v0.9"): None,
    ("2.0", "v1.0"): None,
    ("2.0", "v2.0-expand"): True,
    ("2.0", "v2.0"): True,
}


@pytest.mark.parametrize(("server", "database"), WORKS)
def test_which_server_works_on_which_database(server: str, database: str) -> None:
    works = WORKS[server, database]
    if works:
        guard.check(RELEASES[database], release=server)
    elif works is None:
        with pytest.raises(guard.SchemaTooOldError, match=r"Run: ablage-server db upgrade v"):
            guard.check(RELEASES[database], release=server)
    else:
        with pytest.raises(guard.SchemaTooNewError, match=r"Run release 2.0, or: ablage-server db downgrade"):
            guard.check(RELEASES[database], release=server)


def test_a_server_works_while_the_contract_step_is_half_way() -> None:
    guard.check("3c4d5e6f7a8b", release="2.0")
    with pytest.raises(guard.SchemaTooNewError, match="between two releases"):
        guard.check("3c4d5e6f7a8b", release="1.0")


def test_a_database_of_a_later_release_or_without_tables_is_refused() -> None:
    with pytest.raises(guard.SchemaTooNewError, match="a newer release migrated it"):
        guard.check("0123456789ab")
    with pytest.raises(guard.SchemaTooOldError, match="has no tables of Ablage yet"):
        guard.check(None)
    with pytest.raises(ValueError, match=r"no server release '3.0', only 1.0, 2.0"):
        guard.check(None, release="3.0")


@pytest.mark.parametrize(
    ("revision", "server", "target"),
    [
        (None, "2.0", "v2.0"),
        (None, "1.0", "v1.0"),
        (RELEASES["v0.9"], "1.0", "v1.0"),
        (RELEASES["v1.0"], "2.0", "v2.0-expand"),
        (RELEASES["v2.0-expand"], "2.0", None),
        (RELEASES["v2.0"], "2.0", None),
        ("0123456789ab", "2.0", None),
    ],
)
def test_a_start_brings_a_new_database_to_the_end_and_others_only_as_far_as_needed(
    revision: str | None, server: str, target: str | None
) -> None:
    assert guard.start_target(revision, release=server) == target


async def test_the_database_itself_is_asked(new_database: Callable[..., str]) -> None:
    async with engine(new_database("v2.0")).connect() as connection:
        assert await guard.check_database(connection) == RELEASES["v2.0"]
    async with engine(new_database()).connect() as connection:
        with pytest.raises(guard.SchemaTooOldError):
            await guard.check_database(connection)
