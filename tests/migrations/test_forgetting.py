"""What migrations remember of a row goes together with the row: nobody's text outlives the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server_stub.migrations import backfills, commands

if TYPE_CHECKING:
    from .conftest import Populated, Sql

REMEMBERED = """
    SELECT (SELECT count(*) FROM ablage_migrations.kept AS k
            WHERE k.row_id = ANY (i.ids) OR k.value ->> 'document_id' = ANY (i.ids::text[]))
        + (SELECT count(*) FROM ablage_migrations.quarantine AS q WHERE q.row_id = ANY (i.ids))
    FROM (SELECT %s::uuid[] AS ids) AS i
"""
WHOSE = """
    SELECT array_agg(DISTINCT d.id) FROM documents AS d JOIN (
        SELECT row_id FROM ablage_migrations.kept UNION SELECT row_id FROM ablage_migrations.quarantine
        UNION SELECT (value ->> 'document_id')::uuid FROM ablage_migrations.kept WHERE move = 'tags'
    ) AS r ON r.row_id = d.id
"""


@pytest.mark.parametrize(
    ("way", "deleted"),
    [
        (("v2.0",), "documents"),
        (("v2.0",), "users"),
        (("v2.0", "v1.0"), "users"),
        (("v2.0", "v0.9"), "documents"),
    ],
)
def test_what_is_remembered_of_a_document_is_deleted_with_it(
    populated: Populated, sql: type[Sql], way: tuple[str, ...], deleted: str
) -> None:
    run = sql(populated.url)
    commands.upgrade(populated.url, "v1.0")
    populated.add_later()
    commands.upgrade(populated.url, way[0])
    populated.add_later()
    for target in way[1:]:
        commands.downgrade(populated.url, target)
    whose = run.one(WHOSE)
    assert isinstance(whose, list)
    assert run.one(REMEMBERED, whose)
    run(f"DELETE FROM {deleted}")  # noqa: S608 - named above; documents follow their user
    run("DELETE FROM users")
    assert run.one("SELECT count(*) FROM documents") == 0
    assert run.one(REMEMBERED, whose) == 0
    # Events and their deliveries stay, and so does when they were dispatched.
    rest = "SELECT count(*) FROM ablage_migrations.kept WHERE move NOT LIKE 'keep:notification_%'"
    assert run.one(rest) == 0
    assert run.one("SELECT count(*) FROM ablage_migrations.quarantine") == 0


def test_what_was_deleted_without_a_trigger_is_forgotten_by_the_next_run(
    populated: Populated, sql: type[Sql]
) -> None:
    run = sql(populated.url)
    commands.upgrade(populated.url, "v1.0")
    assert run.one("SELECT count(*) FROM ablage_migrations.kept WHERE move = 'ocr_result_v1'") != 0
    run("TRUNCATE documents CASCADE")
    backfills.run(populated.url, "ocr_result_v1")
    assert run.one("SELECT count(*) FROM ablage_migrations.kept WHERE move = 'ocr_result_v1'") == 0
    assert backfills.quarantined(populated.url, "ocr_result_v1") == []
