"""No way up and down loses anything, whatever the rows look like."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from server_stub.migrations import commands
from server_stub.migrations.releases import RELEASES
from tests.soak import rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Populated, Sql

REVISIONS = [step.revision for step in commands.script().walk_revisions()][::-1]
RELEASE_ORDER = list(RELEASES)


def _difference(
    before: dict[str, list[str]], after: dict[str, list[str]]
) -> dict[str, tuple[list[str], list[str]]]:
    """Return the rows that are not the same, a few of each table."""
    return {
        table: (
            sorted(set(before.get(table, ())) - set(after.get(table, ())))[:3],
            sorted(set(after.get(table, ())) - set(before.get(table, ())))[:3],
        )
        for table in before.keys() | after.keys()
        if before.get(table) != after.get(table)
    }


def test_from_0_9_to_2_0_and_back_gives_the_same_rows(populated: Populated) -> None:
    before = populated.rows()
    commands.upgrade(populated.url, "v2.0")
    commands.downgrade(populated.url, "v0.9")
    assert _difference(before, populated.rows()) == {}


def test_every_revision_up_down_up_on_odd_rows(
    new_database: Callable[..., str], populate: type[Populated]
) -> None:
    populated = populate(new_database("v0.9"), copies=rounds(usual=3, soak=60))
    for earlier, revision in pairwise(REVISIONS):
        populated.add_later()
        before = populated.rows()
        commands.upgrade(populated.url, revision)
        above = populated.rows()
        commands.downgrade(populated.url, earlier)
        assert _difference(before, populated.rows()) == {}, f"{revision} down"
        commands.upgrade(populated.url, revision)
        assert _difference(above, populated.rows()) == {}, f"{revision} up again"
    assert commands.current(populated.url) == REVISIONS[-1]


@pytest.mark.parametrize("release", RELEASE_ORDER[:-1])
def test_what_was_stored_at_2_0_survives_an_older_release(populated: Populated, release: str) -> None:
    commands.upgrade(populated.url, "v2.0")
    populated.add_later()
    before = populated.rows()
    commands.downgrade(populated.url, release)
    commands.upgrade(populated.url, "v2.0")
    assert _difference(before, populated.rows()) == {}


def test_results_that_are_no_objects_are_set_aside_and_reported(populated: Populated, sql: type[Sql]) -> None:
    run = sql(populated.url)
    odd = run.one("SELECT count(*) FROM documents WHERE jsonb_typeof(ocr_result) NOT IN ('object', 'null')")
    commands.upgrade(populated.url, "v2.0")
    aside = run.one("SELECT count(*) FROM ablage_migrations.quarantine WHERE move = 'ocr_result_v1'")
    assert aside == odd
    assert (
        run.one(
            "SELECT count(*) FROM documents WHERE ocr_result ->> 'version' IS DISTINCT FROM '2.0' "
            "AND jsonb_typeof(ocr_result) <> 'null'"
        )
        == 0
    )


def test_users_with_an_unknown_role_keep_its_name_without_any_permission(
    populated: Populated, sql: type[Sql]
) -> None:
    commands.upgrade(populated.url, "v2.0")
    assert sql(populated.url)(
        "SELECT name, permissions FROM roles WHERE name IN ('auditor', 'Admin') ORDER BY 1"
    ) == [
        {"name": "Admin", "permissions": {}},
        {"name": "auditor", "permissions": {}},
    ]


def test_documents_without_an_owner_keep_their_user_id(populated: Populated, sql: type[Sql]) -> None:
    run = sql(populated.url)
    orphans = {
        row["user_id"]
        for row in run("SELECT DISTINCT user_id FROM documents WHERE user_id NOT IN (SELECT id FROM users)")
    }
    assert len(orphans) == 2
    commands.upgrade(populated.url, "v1.0")
    placeholders = run(
        "SELECT id, is_active, email FROM users WHERE email LIKE 'missing-%%@users.invalid'",
    )
    assert {row["id"] for row in placeholders} == orphans
    assert not any(row["is_active"] for row in placeholders)


def test_going_below_the_first_release_is_refused_while_there_are_rows(populated: Populated) -> None:
    from server_stub.migrations.ddl import NotEmptyError  # noqa: PLC0415 - alembic must be set up first

    with pytest.raises(NotEmptyError, match="documents holds 234 rows"):
        commands.downgrade(populated.url, "base")
