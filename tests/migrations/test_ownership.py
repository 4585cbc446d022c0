"""A database that is not ours is refused by every command and by a server, and stays as it was."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from server_stub.cli.db.app import app
from server_stub.errors import StartupError
from server_stub.migrations import commands
from server_stub.runtime import running
from server_stub.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Cluster, Sql

SHOP = """
    CREATE TABLE users (id serial PRIMARY KEY, name text);
    CREATE TABLE roles (id int, title text);
    CREATE TABLE documents (id serial PRIMARY KEY, title text, body text);
    INSERT INTO users (name) VALUES ('x')
"""
VERSIONS = "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"
OTHERS = {
    "tables of the same names": [SHOP],
    "one table of another name": ["CREATE TABLE invoices (id int)"],
    "a view alone": ["CREATE VIEW v AS SELECT 1 AS one"],
    "a foreign alembic_version": [SHOP, VERSIONS, "INSERT INTO alembic_version VALUES ('0123456789ab')"],
    "two revisions": [
        SHOP,
        VERSIONS,
        "INSERT INTO alembic_version VALUES ('0123456789ab'), ('f6e5d4c3b2a1')",
    ],
    "an empty alembic_version beside tables": [SHOP, VERSIONS],
}
COMMANDS = (
    ("upgrade",), ("upgrade", "v0.9"), ("downgrade", "v1.0", "--yes"), ("stamp", "v1.0", "--yes"),
    ("plan", "v2.0"), ("adopt", "--yes"), ("backfill", "roles"), ("check",),
)  # fmt: skip


def _dump(cluster: Cluster, url: str) -> str:
    name = url.partition("@/")[2].partition("?")[0]
    program = [str(cluster.programs / "pg_dump"), "-h", str(cluster.directory), "-U", cluster.user, name]
    text = subprocess.run(program, check=True, capture_output=True, text=True).stdout
    return "\n".join(
        line for line in text.splitlines() if not line.startswith("\\")
    )  # a random key of pg_dump's


@pytest.mark.parametrize("what", OTHERS)
async def test_every_command_and_a_server_leave_it_as_it_was(
    cluster: Cluster, new_database: Callable[..., str], sql: type[Sql], what: str, tmp_path: Path
) -> None:
    url = new_database()
    for statement in OTHERS[what]:
        sql(url)(statement)
    before = _dump(cluster, url)
    for command in COMMANDS:
        result = CliRunner().invoke(app, [*command, "--database-url", url])
        assert result.exit_code == 1, (command, result.output)
        assert result.stderr.startswith("ablage-server: "), command
        assert "empty database" not in result.output
    for migrate in (True, False):
        settings = load_settings(database_url=url, data_dir=tmp_path, auto_migrate=migrate)
        with pytest.raises(StartupError, match=r"nothing was changed|database of its own"):
            async with running(settings):
                pass
    assert _dump(cluster, url) == before


def test_the_refusal_names_what_is_there_the_nearest_release_and_the_way_out(
    new_database: Callable[..., str], sql: type[Sql]
) -> None:
    url = new_database()
    sql(url)(SHOP)
    said = CliRunner().invoke(app, ["upgrade", "--database-url", url]).stderr
    assert "it holds documents, roles, users" in said
    assert "The nearest release is v0.9, except for:\n  - missing table: api_keys" in said
    assert "a database of its own" in said
    assert "ablage-server db adopt" in said


def test_extensions_and_other_schemas_do_not_make_a_database_foreign(
    new_database: Callable[..., str], sql: type[Sql]
) -> None:
    run = sql(new_database())
    run("CREATE SCHEMA other")
    run("CREATE TABLE other.documents (id int)")
    commands.upgrade(run.url, "v0.9")


def test_a_database_that_was_emptied_by_going_back_is_taken_again(new_database: Callable[..., str]) -> None:
    url = new_database("v0.9")
    commands.downgrade(url, "base")
    commands.upgrade(url, "v0.9")


def test_a_schema_that_does_not_exist_is_told(new_database: Callable[..., str]) -> None:
    url = new_database() + "&options=-csearch_path%3Dnowhere"
    result = CliRunner().invoke(app, ["upgrade", "--database-url", url])
    assert result.exit_code == 1
    assert "search_path is 'nowhere'" in result.stderr
