"""`ablage-server db`, as operators and their scripts use it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from typer.testing import CliRunner

from server_stub.cli.db.app import app
from server_stub.migrations import commands, plan
from server_stub.migrations.releases import RELEASES
from server_stub.migrations.url import parse
from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Cluster, Populated, Sql

COMMAND = str(Path(sys.executable).with_name("ablage-server"))


class Cli:
    """Runs commands on one database."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ok(self, *arguments: str) -> str:
        result = CliRunner().invoke(app, [*arguments, "--database-url", self.url])
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.ok(*arguments, "--json"))

    def refused(self, *arguments: str) -> str:
        result = CliRunner().invoke(app, [*arguments, "--database-url", self.url])
        assert result.exit_code == 1, result.output
        assert "Traceback" not in result.output
        return result.stderr


@pytest.fixture
def cli(new_database: Callable[..., str]) -> Callable[..., Cli]:
    return lambda at=None: Cli(new_database(at))


def test_upgrade_and_downgrade_tell_each_step_and_where_they_end(cli: Callable[..., Cli]) -> None:
    run = cli("v0.9")
    upgraded = run.json("upgrade", "v1.0")
    assert (upgraded["before"], upgraded["release"]) == (RELEASES["v0.9"], "v1.0")
    assert [step["title"] for step in upgraded["steps"]][:2] == [
        "Add documents.confidence_score.",
        "Convert documents.ocr_result to format 1.0.",
    ]
    assert run.ok("upgrade", "v1.0") == "Nothing to do: it is at v1.0.\n"
    assert run.ok("downgrade", "v0.9", "--yes") == "The database is at v0.9.\n"


def test_progress_is_plain_lines_where_there_is_no_terminal(cli: Callable[..., Cli]) -> None:
    result = CliRunner().invoke(app, ["upgrade", "a1b2c3d4e5f6", "--database-url", cli("v0.9").url])
    assert "[1/1] -> a1b2c3d4e5f6  Add documents.confidence_score.  (" in result.stderr
    assert "\x1b" not in result.output


def _on_a_terminal(*arguments: str) -> str:
    """Run a command in a process of its own whose output goes to a terminal; return what it showed."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "LINES"}}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "120"}
    done = subprocess.Popen(
        [COMMAND, "db", *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes to it any more
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    assert done.wait(patient(60)) == 0, shown.decode()
    return shown.decode()


def test_progress_is_a_bar_on_a_terminal(populated: Populated) -> None:
    shown = _on_a_terminal("upgrade", "b2c3d4e5f6a7", "--database-url", populated.url)
    assert "ocr_result_v1 (up) \x1b[" in shown
    assert "234/234" in shown
    assert "[2/2] -> b2c3d4e5f6a7  Convert documents.ocr_result to format 1.0.  (" in shown
    shown = _on_a_terminal("backfill", "ocr_result_v1", "--database-url", populated.url)
    assert "234/234" in shown
    assert "ocr_result_v1 (up): done, 234 of 234 rows, 0 changed" in shown


def test_a_killed_upgrade_leaves_a_database_that_the_same_command_finishes(populated: Populated) -> None:
    upgrade = [COMMAND, "db", "upgrade", "--database-url", populated.url, "--pause", "0.2", "--chunk", "20"]
    with subprocess.Popen(upgrade, stderr=subprocess.PIPE) as killed:
        assert killed.stderr is not None
        while b"[4/" not in killed.stderr.readline():
            assert killed.poll() is None
        killed.kill()
    assert commands.current(populated.url) != RELEASES["v2.0"]
    assert Cli(populated.url).json("status")["moves"]
    assert Cli(populated.url).ok("upgrade") == "The database is at v2.0.\n"


def test_ctrl_c_stops_an_upgrade_in_the_middle_of_a_data_move(populated: Populated) -> None:
    upgrade = [COMMAND, "db", "upgrade", "v1.0", "--database-url", populated.url]
    with subprocess.Popen([*upgrade, "--pause", "60"], stderr=subprocess.PIPE, text=True) as stopped:
        assert stopped.stderr is not None
        while "[1/" not in stopped.stderr.readline():
            assert stopped.poll() is None
        while not Cli(populated.url).json("status")["moves"]:
            assert stopped.poll() is None
        stopped.send_signal(signal.SIGINT)
        _, told = stopped.communicate(timeout=patient(20))
    assert stopped.returncode == 130
    assert told == "ablage-server: Interrupted. Nothing is lost; run the same command again.\n"
    assert Cli(populated.url).json("current")["revision"] == "a1b2c3d4e5f6"
    assert Cli(populated.url).ok("upgrade") == "The database is at v2.0.\n"


def test_a_downgrade_by_one_revision_is_written_as_a_number(cli: Callable[..., Cli]) -> None:
    run = cli("v1.0")
    assert run.json("downgrade", "-1", "--yes")["after"] == "b4c5d6e7f8a9"
    assert run.json("downgrade", "--yes", "-14")["release"] == "v0.9"


@pytest.mark.parametrize(("at", "target"), [("v2.0", "head"), ("v1.0", "v1.0"), (None, "base")])
def test_a_plan_for_where_the_database_is_says_that_there_is_nothing_to_do(
    cli: Callable[..., Cli], at: str | None, target: str
) -> None:
    run = cli(at)
    assert run.ok("plan", target) == "Nothing to do.\n"
    assert run.json("plan", target)["steps"] == []


def test_a_downgrade_without_a_terminal_needs_yes(cli: Callable[..., Cli]) -> None:
    run = cli("v1.0")
    assert "pass --yes" in run.refused("downgrade", "v0.9")
    assert commands.current(run.url) == RELEASES["v1.0"]


def test_current_names_the_release_and_the_servers_that_work_on_it(cli: Callable[..., Cli]) -> None:
    assert cli("v2.0-expand").json("current") == {
        "revision": RELEASES["v2.0-expand"], "release": "v2.0-expand", "servers": ["1.0", "2.0"],
    }  # fmt: skip
    assert cli().ok("current") == "no revision; servers that work on it: none\n"


def test_history_and_show_need_no_database() -> None:
    listed = json.loads(CliRunner().invoke(app, ["history", "--json"]).stdout)
    assert [step["release"] for step in listed if step["release"]] == list(RELEASES)
    shown = CliRunner().invoke(app, ["show", "v2.0"])
    assert "Breaks: programs that write results in the format of release 1.0." in shown.stdout
    wrong = CliRunner().invoke(app, ["show", "v3.0"])
    assert wrong.exit_code == 1
    assert "There is no revision 'v3.0'" in wrong.stderr


@pytest.mark.parametrize(
    "arguments",
    [("upgrade", "v3.0"), ("downgrade", "nonsense", "--yes"), ("stamp", "v3.0", "--yes"), ("plan", "v3.0")],
)
def test_an_unknown_release_is_refused_with_the_list_of_known_ones(
    cli: Callable[..., Cli], arguments: tuple[str, ...]
) -> None:
    assert "v0.9, v1.0, v2.0-expand, v2.0" in cli("v1.0").refused(*arguments) or arguments[0] == "plan"


def test_a_database_that_cannot_be_reached_or_read_is_told_in_a_line() -> None:
    run = Cli("postgresql://nobody:secret@127.0.0.1:1/none")
    message = run.refused("current")
    assert "cannot be reached" in message
    assert "secret" not in message
    assert "Only PostgreSQL is supported" in Cli("mysql://x/y").refused("current")


def test_plan_tells_statements_locks_rows_and_disk_and_changes_nothing(populated: Populated) -> None:
    run = Cli(populated.url)
    planned = run.json("plan", "v1.0")
    assert planned["start"] == RELEASES["v0.9"]
    assert planned["fits"] is True
    assert planned["free_bytes"] > 0
    statements = [s for step in planned["steps"] for s in step["statements"]]
    index = next(s for s in statements if "CONCURRENTLY IF NOT EXISTS ix_documents_created_at" in s["sql"])
    assert (index["table"], index["lock"], index["rows"]) == ("documents", "SHARE UPDATE EXCLUSIVE", 234)
    assert index["disk_bytes"] > 0
    move = next(s for s in statements if s["sql"].startswith("data move ocr_result_v1"))
    assert move["rows"] == 234
    assert commands.current(run.url) == RELEASES["v0.9"]
    assert "SHARE UPDATE EXCLUSIVE on documents, 234 rows" in run.ok("plan", "v1.0")


def test_plan_looks_at_the_disk_of_the_tablespace_too(
    cluster: Cluster, cli: Callable[..., Cli], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = cluster.directory / "data" / "small"
    place.mkdir()
    if cluster.account is not None:
        shutil.chown(place, cluster.account)
    run = cli("v1.0")
    name = parse(run.url).database
    cluster.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
    try:
        cluster.execute(f"ALTER DATABASE {name} SET TABLESPACE small")
        usage = shutil.disk_usage
        monkeypatch.setattr(
            shutil, "disk_usage", lambda path: usage(path)._replace(free=1 if path == place else 1 << 40)
        )
        assert "and 1 B are free" in run.refused("plan", "v2.0-expand")
    finally:
        cluster.execute(f"ALTER DATABASE {name} SET TABLESPACE pg_default")
        cluster.execute("DROP TABLESPACE small")


def test_plan_refuses_when_space_is_short(populated: Populated) -> None:
    assert "Make room first" in Cli(populated.url).refused("plan", "v2.0", "--free-gib", "0.00000001")


def test_a_database_without_a_known_revision_is_told_as_that(cli: Callable[..., Cli], sql: type[Sql]) -> None:
    run = cli()
    assert "has no revision: find out what it is with ablage-server db adopt" in run.refused("check")
    run = cli("v2.0")
    sql(run.url)("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    assert "a newer release migrated it" in run.refused("check")
    assert run.ok("current").startswith("ffffffffffff (of a newer release);")


def test_a_schema_that_is_in_the_way_is_told_with_the_command_that_shows_it(
    cli: Callable[..., Cli], sql: type[Sql]
) -> None:
    run = cli("v1.0")
    sql(run.url)("CREATE TABLE webhooks (theirs int)")
    refused = run.refused("upgrade")
    assert 'not as expected: column "user_id" does not exist' in refused
    assert "ablage-server db check --release RELEASE" in refused


def test_check_finds_drift(cli: Callable[..., Cli], sql: type[Sql]) -> None:
    run = cli("v2.0")
    assert run.ok("check") == "The database is exactly that of release v2.0.\n"
    sql(run.url)("DROP INDEX ix_documents_page")
    assert "1 differences from release v2.0" in run.refused("check")
    assert "There is no release 'v9'" in run.refused("check", "--release", "v9")


def test_adopt_recognises_a_database_that_was_made_without_migrations(
    cli: Callable[..., Cli], sql: type[Sql]
) -> None:
    run = cli("v1.0")
    assert "already at v1.0" in run.refused("adopt", "--yes")
    sql(run.url)("DROP TABLE alembic_version")
    assert run.json("adopt", "--yes") == {"release": "v1.0"}
    assert commands.current(run.url) == RELEASES["v1.0"]
    run.ok("upgrade")


def test_adopt_says_what_does_not_match(cli: Callable[..., Cli], sql: type[Sql]) -> None:
    run = cli("v1.0")
    sql(run.url)("DROP TABLE alembic_version")
    sql(run.url)("DROP INDEX ix_documents_pending")
    message = run.refused("adopt", "--yes")
    assert "The nearest is v1.0, except for:\n  - missing index: ix_documents_pending" in message
    run.ok("stamp", "v1.0", "--yes")
    assert commands.current(run.url) == RELEASES["v1.0"]


def test_backfill_and_status_tell_how_far_a_data_move_is(populated: Populated) -> None:
    run = Cli(populated.url)
    run.ok("upgrade", "v1.0")
    (done,) = run.json("backfill", "ocr_result_v1")
    assert (done["state"], done["rows_left"]) == ("done", 0)
    status = run.json("status")
    assert {move["name"] for move in status["moves"]} >= {"ocr_result_v1", "roles", "status", "tags"}
    assert {row["table"] for row in status["quarantined"]} == {"documents", "users"}
    assert "Set aside because they could not be converted" in run.ok("status")
    assert "There is no data move 'nonsense'" in run.refused("backfill", "nonsense")


def test_metrics_go_to_the_textfile_collector(cli: Callable[..., Cli], tmp_path: Path) -> None:
    run = cli("v0.9")
    run.ok("upgrade", "v1.0")
    run.ok("metrics", "--textfile", str(tmp_path / "ablage.prom"))
    text = (tmp_path / "ablage.prom").read_text(encoding="utf-8")
    assert 'migration_duration_seconds{migration_version="a1b2c3d4e5f6"} ' in text


def test_errors_of_a_revision_are_counted(cli: Callable[..., Cli], sql: type[Sql]) -> None:
    run = cli("v2.0-expand")
    sql(run.url)("INSERT INTO ablage_migrations.heartbeats (instance_id, release) VALUES ('old', '1.0')")
    assert "release 1.0 was seen" in run.refused("upgrade", "v2.0")
    assert (
        'migration_errors_total{migration_version="1a2b3c4d5e6f",error_type="ContractRefusedError"} 1'
        in run.ok("metrics")
    )


def test_a_script_goes_on_only_when_its_data_is_moved(populated: Populated) -> None:
    run = Cli(populated.url)
    before = populated.rows()

    def go(target: str) -> list[str]:
        """Go there by scripts only, and by the commands that they ask for; return those."""
        asked: list[str] = []
        while (at := run.json("current"))["release"] != target:
            script = CliRunner().invoke(app, ["sql", target, "--from", at["revision"]]).stdout
            try:
                with psycopg.connect(run.url, autocommit=True) as connection:
                    for statement in plan.split(script):
                        connection.execute(statement.encode())
            except psycopg.errors.RaiseException as error:
                [command] = re.findall("Run: ablage-server db (.*)$", error.diag.message_primary or "")
                assert command not in asked
                asked.append(command)
                run.ok(*command.split())
        run.ok("check")
        return asked

    assert go("v2.0-expand")[:2] == ["backfill ocr_result_v1", "backfill roles"]
    assert "backfill keep:documents.page_count --down" in go("v0.9")
    assert populated.rows() == before
    assert "backfill keep:documents.page_count" in go("v2.0-expand")


@pytest.mark.parametrize(
    ("arguments", "blamed"),
    [
        (("v1.0", "--from", "v9"), "--from 'v9': "),
        (("v8", "--from", "v9"), "--from 'v9': "),
        (("v9", "--from", "v1.0"), "'v9': "),
        (("v9",), "'v9': "),
    ],
)
def test_sql_names_the_argument_that_is_wrong(arguments: tuple[str, ...], blamed: str) -> None:
    result = CliRunner().invoke(app, ["sql", *arguments])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"ablage-server: {blamed}")
    assert "Releases: v0.9, v1.0, v2.0-expand, v2.0. Revisions: ablage-server db history" in result.stderr


def test_sql_from_head_leads_back() -> None:
    from_head, from_release = (
        CliRunner().invoke(app, ["sql", "v1.0", "--from", start]).stdout for start in ("head", "v2.0")
    )
    assert from_head == from_release


def test_in_a_clone_a_revision_is_written_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = Path(shutil.copytree(commands.HERE, tmp_path / "migrations"))
    monkeypatch.setattr(commands, "HERE", clone)
    result = CliRunner().invoke(app, ["revision", "-m", "Add documents.folder"])
    assert result.exit_code == 0, result.exception
    written = Path(result.stdout.splitlines()[-1])
    assert written.parent == clone / "versions"
    assert "add documents.folder" in written.read_text().lower()


def test_revision_writes_a_file_that_upgrades_and_must_be_filled_in(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["revision", "-m", "Add documents.folder", "--directory", str(tmp_path)])
    assert result.exit_code == 0, result.output
    (written,) = tmp_path.glob("*.py")
    assert written.name.endswith("_add_documents_folder.py")
    assert written.name[:8].isdigit()
    text = written.read_text(encoding="utf-8")
    assert f'down_revision = "{RELEASES["v2.0"]}"' in text
    assert all(f"\n{word}: " in text for word in ("What", "Why", "Breaks", "Adapt"))
    compile(text, str(written), "exec")


@pytest.mark.parametrize("message", ["a \\x path", 'a """quoted""" word', "!!!"])
def test_a_message_that_would_break_the_file_is_refused(message: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["revision", "-m", message, "--directory", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr.startswith("ablage-server: The message ")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_verified_and_comes_back_into_an_empty_database(
    populated: Populated, cli: Callable[..., Cli], tmp_path: Path
) -> None:
    made = Cli(populated.url).json("backup", str(tmp_path))
    assert made["release"] == "v0.9"
    assert made["rows"]["public.documents"] == 234
    empty = cli()
    restored = empty.json("restore", made["file"])
    assert restored["rows"] == made["rows"]
    assert "not empty" in empty.refused("restore", made["file"])
    empty.ok("restore", made["file"], "--clean", "--yes")
    empty.ok("upgrade", "v1.0")


@pytest.mark.parametrize("clean", [[], ["--clean", "--yes"]])
def test_an_application_under_its_own_role_can_write_to_what_was_restored(
    cli: Callable[..., Cli], sql: type[Sql], tmp_path: Path, clean: list[str]
) -> None:
    made = cli("v2.0-expand").json("backup", str(tmp_path))
    run = cli("v1.0" if clean else None)
    run.ok("restore", made["file"], *clean)
    database = sql(run.url)
    database("DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
    database("GRANT SELECT, INSERT, UPDATE, DELETE ON users, roles, user_roles TO reader")
    sql(run.url.replace("postgres@", "reader@"))(
        "INSERT INTO users (email, role) VALUES ('restored@example.org', 'viewer')"
    )


def test_tables_of_others_are_in_a_backup_whatever_they_are_called(
    cli: Callable[..., Cli], sql: type[Sql], tmp_path: Path
) -> None:
    run = cli("v1.0")
    sql(run.url)("""CREATE TABLE "my (""odd"") table.x" (a int, "b c" text)""")
    sql(run.url)("""INSERT INTO "my (""odd"") table.x" VALUES (1, 'x'), (2, E'\\\\.')""")
    sql(run.url)("CREATE TABLE no_columns ()")
    sql(run.url)("INSERT INTO no_columns DEFAULT VALUES")
    sql(run.url)("CREATE TABLE computed (a int GENERATED ALWAYS AS (2) STORED)")
    sql(run.url)("INSERT INTO computed DEFAULT VALUES")
    made = run.json("backup", str(tmp_path))
    assert made["rows"]["public.no_columns"] == made["rows"]["public.computed"] == 1
    assert cli().json("restore", made["file"])["rows"] == made["rows"]


def test_a_role_that_may_not_migrate_is_told_so(cli: Callable[..., Cli], sql: type[Sql]) -> None:
    run = cli("v1.0")
    sql(run.url)("DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
    run.url = run.url.replace("postgres@", "reader@")
    refused = run.refused("upgrade")
    assert "does not allow it: permission denied for table alembic_version" in refused
    assert "the role that owns the tables" in refused


def test_a_damaged_backup_is_refused(populated: Populated, cli: Callable[..., Cli], tmp_path: Path) -> None:
    made = Cli(populated.url).json("backup", str(tmp_path))
    with open(made["file"], "r+b") as file:  # noqa: PTH123 - a path from JSON
        file.seek(200)
        file.write(b"damage")
    assert "is damaged" in cli().refused("restore", made["file"])
    assert "There is no file" in cli().refused("restore", str(tmp_path / "none.dump"))


@pytest.mark.parametrize(
    "command",
    ["upgrade", "downgrade", "current", "history", "show", "plan", "check", "backfill", "status", "stamp",
     "adopt", "sql", "revision", "backup", "restore", "metrics", "catalog"],
)  # fmt: skip
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"Example: ablage-server db {command}" in " ".join(result.stdout.split())
