"""The contract step drops nothing that somebody still needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server_stub.migrations import commands, heartbeats
from server_stub.migrations.connection import engine
from server_stub.migrations.errors import MigrationError
from server_stub.migrations.options import Options
from server_stub.migrations.releases import RELEASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Sql


@pytest.fixture
def expanded(new_database: Callable[..., str], sql: type[Sql]) -> Sql:
    run = sql(new_database("v2.0-expand"))
    run("INSERT INTO users (email, role) VALUES ('a@example.org', 'user')")
    run(
        "INSERT INTO documents (user_id, filename, storage_key, size, mime_type, status, extracted_text, "
        "confidence_score, ocr_result) SELECT u.id, 'a.pdf', 'k', 1, 'application/pdf', 'pending', 't', 0.5, "
        '\'{"version": "2.0"}\' FROM users u, generate_series(1, 5)'
    )
    return run


def _refusal(run: Sql, **options: float) -> str:
    with pytest.raises(MigrationError) as caught:
        commands.upgrade(run.url, "v2.0", options=Options(**options))  # type: ignore[arg-type]  # floats only
    assert commands.current(run.url) == RELEASES["v2.0-expand"]
    return str(caught.value)


@pytest.mark.parametrize(
    ("trigger", "damage", "said"),
    [
        ("ablage_sync_text ON documents", "UPDATE documents SET extracted_text = NULL",
         "5 documents whose text is only in ocr_text"),
        ("ablage_sync_confidence ON documents", "UPDATE documents SET confidence_score = 0.75",
         "5 documents whose confidence_score and confidence_score_decimal differ"),
        ("ablage_guard_ocr_result ON documents", "UPDATE documents SET ocr_result = '{\"content\": \"t\"}'",
         "5 documents whose ocr_result is not in format 2.0"),
        ("ablage_sync_role ON users", "UPDATE users SET role = 'admin'",
         "1 users whose role and user_roles differ"),
    ],
)  # fmt: skip
def test_it_refuses_while_a_row_differs_and_says_how_many_where_and_what_helps(
    expanded: Sql, trigger: str, damage: str, said: str
) -> None:
    expanded(f"DROP TRIGGER {trigger}")
    expanded(damage)
    message = _refusal(expanded)
    table = trigger.rsplit(maxsplit=1)[-1]
    some = expanded(f"SELECT id::text FROM {table} ORDER BY id LIMIT 3")  # noqa: S608
    assert said in message
    assert all(str(row["id"]) in message for row in some)
    assert "Run: ablage-server db backfill " in message


def test_it_refuses_while_results_are_only_in_the_old_table(expanded: Sql) -> None:
    expanded("UPDATE documents SET ocr_result = NULL")
    expanded("INSERT INTO ocr_results (document_id, content) SELECT id, 'c' FROM documents LIMIT 2")
    assert "2 documents whose result is only in ocr_results" in _refusal(expanded)


async def test_it_refuses_while_a_server_of_the_old_release_is_alive(expanded: Sql) -> None:
    async with engine(expanded.url).begin() as connection:
        await heartbeats.beat(connection, instance_id="old", release="1.0")
        await heartbeats.beat(connection, instance_id="new", release="2.0")
    message = _refusal(expanded)
    assert "release 1.0 was seen 0 s ago on" in message
    assert "release 2.0 was seen" not in message

    async with engine(expanded.url).begin() as connection:
        await heartbeats.gone(connection, instance_id="old")
    commands.upgrade(expanded.url, "v2.0")
    assert commands.current(expanded.url) == RELEASES["v2.0"]


def test_it_refuses_after_a_write_that_only_an_old_server_makes_until_some_time_has_passed(
    expanded: Sql,
) -> None:
    expanded("UPDATE documents SET ocr_text = 'written by release 1.0'")
    assert "release 1.0 was seen" in _refusal(expanded)
    expanded("UPDATE ablage_migrations.heartbeats SET seen_at = now() - interval '11 minutes'")
    assert "release 1.0 was seen" in _refusal(expanded, quiet_minutes=60)
    commands.upgrade(expanded.url, "v2.0")
    assert commands.current(expanded.url) == RELEASES["v2.0"]


def test_all_reasons_are_told_at_once(expanded: Sql) -> None:
    for trigger in ("ablage_sync_text ON documents", "ablage_sync_role ON users"):
        expanded(f"DROP TRIGGER {trigger}")
    expanded("UPDATE documents SET extracted_text = NULL")
    expanded("UPDATE users SET role = 'admin'")
    message = _refusal(expanded)
    assert "backfill extracted_text" in message
    assert "backfill roles" in message


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ("SET ocr_text = extracted_text WHERE ocr_text IS DISTINCT FROM extracted_text", "t"),
        ("SET extracted_text = ocr_text WHERE extracted_text IS DISTINCT FROM ocr_text", "x"),
    ],
)
def test_of_two_texts_the_operator_keeps_one_with_the_statement_that_is_told(
    expanded: Sql, statement: str, kept: str
) -> None:
    expanded("ALTER TABLE documents DISABLE TRIGGER ablage_sync_text")
    expanded("UPDATE documents SET ocr_text = 'x'")
    expanded("ALTER TABLE documents ENABLE TRIGGER ablage_sync_text")
    message = _refusal(expanded)
    assert "5 documents whose ocr_text and extracted_text differ" in message
    assert "UPDATE documents SET ocr_text = extracted_text WHERE ocr_text IS DISTINCT FROM" in message
    expanded(f"UPDATE documents {statement}")
    commands.upgrade(expanded.url, "v2.0", options=Options(quiet_minutes=0))
    assert expanded.one("SELECT string_agg(DISTINCT extracted_text, ',') FROM documents") == kept


def test_what_the_message_says_helps(expanded: Sql) -> None:
    expanded("DROP TRIGGER ablage_sync_role ON users")
    expanded("UPDATE users SET role = 'admin'")
    assert "Run: ablage-server db backfill roles" in _refusal(expanded)
    from server_stub.migrations import backfills  # noqa: PLC0415 - what the command runs

    backfills.run(expanded.url, "roles")
    commands.upgrade(expanded.url, "v2.0")
    assert expanded.one("SELECT r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id") == "admin"


async def test_going_back_refuses_while_a_server_of_release_2_is_alive(expanded: Sql) -> None:
    async with engine(expanded.url).begin() as connection:
        await heartbeats.beat(connection, instance_id="old", release="1.0")
        await heartbeats.beat(connection, instance_id="new", release="2.0")
    with pytest.raises(MigrationError, match=r"release 2\.0 was seen \d+ s ago") as caught:
        commands.downgrade(expanded.url, "v1.0")
    assert "release 1.0 was seen" not in str(caught.value)
    assert commands.current(expanded.url) == RELEASES["v2.0-expand"]

    commands.downgrade(expanded.url, "v1.0", options=Options(quiet_minutes=0))
    assert commands.current(expanded.url) == RELEASES["v1.0"]
