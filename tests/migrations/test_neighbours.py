"""What other programs have put into the database: it walks along unhurt, or is named first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from server_stub.cli.db.app import app
from server_stub.migrations import commands, neighbours
from server_stub.migrations.options import Options
from server_stub.migrations.releases import RELEASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Sql

#: One file a neighbour: its first line says what is expected, ``walks`` or the words of the refusal.
CORPUS = sorted((Path(__file__).parent / "neighbours").glob("*.sql"))


def _expected(file: Path) -> str:
    return file.read_text(encoding="utf-8").splitlines()[0].removeprefix("-- ")


def _state(run: Sql) -> list[object]:
    """What is there besides our tables, and our tables' comments, rights and triggers."""
    return [
        run("SELECT viewname, viewowner, definition FROM pg_views WHERE schemaname IN ('public', 'theirs') "
            "ORDER BY 1"),
        run("SELECT matviewname, definition FROM pg_matviews"),
        run("SELECT pubname, puballtables FROM pg_publication ORDER BY 1"),
        run("SELECT pubname, tablename FROM pg_publication_tables WHERE schemaname <> 'ablage_migrations' "
            "ORDER BY 1, 2"),
        run("SELECT tablename, policyname, qual FROM pg_policies ORDER BY 1, 2"),
        run("SELECT evtname FROM pg_event_trigger"),
        run("SELECT tablename, indexname FROM pg_indexes WHERE schemaname IN ('public', 'theirs') "
            "ORDER BY 1, 2"),
        run("SELECT stxname FROM pg_statistic_ext"),
        run("SELECT tablename, rulename FROM pg_rules WHERE schemaname = 'public'"),
        run("SELECT conname FROM pg_constraint WHERE connamespace::regnamespace::text IN "
            "('public', 'theirs') AND contype <> 'n' ORDER BY 1"),
        run("SELECT table_schema, table_name, grantee, privilege_type "
            "FROM information_schema.role_table_grants WHERE grantee LIKE 'neighbour%' "
            "AND table_schema <> 'ablage_migrations' ORDER BY 1, 2, 3, 4"),
        run("SELECT table_name, column_name, grantee, privilege_type "
            "FROM information_schema.column_privileges WHERE grantee LIKE 'neighbour%' ORDER BY 1, 2, 3, 4"),
        run("SELECT objoid::regclass::text, objsubid > 0 AS of_column, description FROM pg_description "
            "WHERE classoid = 'pg_class'::regclass AND description LIKE 'theirs%' ORDER BY 1, 3"),
        run("SELECT extname FROM pg_extension ORDER BY 1"),
        run("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal "
            "AND tgname NOT LIKE 'ablage%' ORDER BY 1, 2"),
    ]  # fmt: skip


WALKS = [file for file in CORPUS if _expected(file) == "walks"]


def test_neighbours_that_need_nothing_we_drop_walk_there_and_back(
    new_database: Callable[..., str], sql: type[Sql]
) -> None:
    run = sql(new_database("v1.0"))
    run("DO $$ BEGIN CREATE ROLE neighbour; EXCEPTION WHEN duplicate_object THEN END $$")
    run("CREATE SCHEMA theirs")
    for file in WALKS:
        run(file.read_text(encoding="utf-8"))
    before = _state(run)
    result = CliRunner().invoke(app, ["check", "--database-url", run.url])
    assert result.exit_code == 0, result.output
    assert "not ours: table ddl_log" in result.stdout
    assert CliRunner().invoke(app, ["check", "--strict", "--database-url", run.url]).exit_code == 1
    commands.upgrade(run.url, "v2.0", options=Options(quiet_minutes=0))
    commands.downgrade(run.url, "v1.0", options=Options(quiet_minutes=0))
    assert _state(run) == before


@pytest.mark.parametrize("file", [file for file in CORPUS if file not in WALKS], ids=lambda file: file.stem)
def test_a_neighbour_that_needs_what_we_drop_is_named_before_the_first_statement(
    file: Path, new_database: Callable[..., str], sql: type[Sql]
) -> None:
    run = sql(new_database("v1.0"))
    run("DO $$ BEGIN CREATE ROLE neighbour; EXCEPTION WHEN duplicate_object THEN END $$")
    run("CREATE SCHEMA theirs")
    run(file.read_text(encoding="utf-8"))
    before = _state(run)
    result = CliRunner().invoke(app, ["upgrade", "v2.0", "--json", "--database-url", run.url])
    assert result.exit_code == 1, result.output
    assert _expected(file) in result.stderr
    assert "Nothing was changed" in result.stderr
    assert '"in_the_way"' in result.stdout
    planned = CliRunner().invoke(app, ["plan", "v2.0", "--database-url", run.url])
    assert planned.exit_code == 1
    assert _expected(file) in planned.stderr
    checked = CliRunner().invoke(app, ["check", "--database-url", run.url])
    assert _expected(file) in checked.stdout
    assert commands.current(run.url) == RELEASES["v1.0"]
    assert _state(run) == before


def test_the_corpus_is_not_thin() -> None:
    assert len(CORPUS) >= 25


def test_plain_views_are_moved_with_their_rights_and_options_and_back(
    new_database: Callable[..., str], sql: type[Sql]
) -> None:
    run = sql(new_database("v2.0-expand"))
    run("DO $$ BEGIN CREATE ROLE neighbour; EXCEPTION WHEN duplicate_object THEN END $$")
    run("CREATE VIEW texts WITH (security_barrier = true) AS SELECT d.id, d.ocr_text FROM documents d")
    run("CREATE VIEW above AS SELECT ocr_text AS t FROM texts WHERE ocr_text <> ''")
    run("GRANT SELECT ON texts TO neighbour")
    run("COMMENT ON VIEW texts IS 'theirs'")
    about = (
        "SELECT relname, reloptions, relacl::text, obj_description(oid) FROM pg_class WHERE relname = 'texts'"
    )
    before = _state(run), run(about)
    commands.upgrade(run.url, "v2.0", options=Options(quiet_minutes=0, move_views=1))
    assert "extracted_text AS ocr_text" in str(run.one("SELECT pg_get_viewdef('texts'::regclass)"))
    assert run(about) == before[1]
    run("SELECT t FROM above")
    commands.downgrade(run.url, "v2.0-expand", options=Options(quiet_minutes=0))
    assert (_state(run), run(about)) == before


def test_a_view_that_appears_meanwhile_stops_it_before_the_step(
    new_database: Callable[..., str], sql: type[Sql]
) -> None:
    run = sql(new_database("v2.0-expand"))

    def meanwhile(step: object) -> None:
        if getattr(step, "up_revision_id", "") == "1a2b3c4d5e6f":
            run("CREATE VIEW late AS SELECT ocr_text FROM documents")

    with pytest.raises(neighbours.DependentsError, match=r"view public\.late .* needs documents\.ocr_text"):
        commands.upgrade(run.url, "v2.0", options=Options(quiet_minutes=0), observer=meanwhile)
    run("DROP VIEW late")
    commands.upgrade(run.url, "v2.0", options=Options(quiet_minutes=0))


def test_what_revisions_drop_is_what_their_statements_say() -> None:
    for start, target, table in (("v0.9", "v2.0", neighbours.UP), ("v2.0", "base", neighbours.DOWN)):
        dropped: dict[str, set[str]] = {}
        for revision, parts in commands.offline_script(start, target).steps:
            text = " ".join(part for part in parts if isinstance(part, str))
            found = {
                f"{t}.{c}" for t, c in re.findall(r"ALTER TABLE (\w+) DROP COLUMN (?:IF EXISTS )?(\w+)", text)
            }
            for names in re.findall(r"DROP TABLE (?:IF EXISTS )?([\w, ]+?)(?: CASCADE)?;", text):
                found |= set(names.split(", "))
            if table is neighbours.UP:
                found |= set(re.findall(r"ALTER TABLE IF EXISTS (\w+) SET SCHEMA ablage_migrations", text))
            dropped |= {revision: found} if found else {}
        assert dropped == {revision: {place.place for place in places} for revision, places in table.items()}
