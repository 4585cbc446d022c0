"""Database addresses as providers hand them out: with the parameters of libpq."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from server_stub.cli.db.app import app
from server_stub.migrations.url import InvalidDatabaseUrlError, dsn, libpq, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Sql


@pytest.mark.parametrize(
    "parameters",
    [
        "sslmode=prefer",
        "sslmode=disable&connect_timeout=5&keepalives=1&keepalives_idle=30",
        "application_name=nightly&options=-csearch_path%3Dpublic",
        "client_encoding=utf8&gssencmode=disable&target_session_attrs=read-write",
    ],
)
def test_the_parameters_of_libpq_are_understood_by_every_way_to_the_database(
    parameters: str, new_database: Callable[..., str], tmp_path: Path
) -> None:
    url = f"{new_database('v0.9')}&{parameters}"
    for arguments in (["upgrade", "v1.0"], ["check"], ["backup", str(tmp_path)]):
        result = CliRunner().invoke(app, [*arguments, "--database-url", url])
        assert result.exit_code == 0, result.output


def test_a_schema_is_chosen_with_options(new_database: Callable[..., str], sql: type[Sql]) -> None:
    url = new_database()
    sql(url)("CREATE SCHEMA archive")
    chosen = f"{url}&options=-csearch_path%3Darchive"
    assert CliRunner().invoke(app, ["upgrade", "--database-url", chosen]).exit_code == 0
    assert sql(url).one(
        "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = 'documents'"
    ) == ("archive")
    assert CliRunner().invoke(app, ["check", "--database-url", chosen]).exit_code == 0


def test_a_password_among_the_parameters_is_hidden_like_any_other() -> None:
    url = parse("postgresql:///archive?host=/run&user=ablage&password=geheim&dbname=other")
    assert (url.username, url.password, url.database) == ("ablage", "geheim", "other")
    assert "geheim" not in str(url)
    assert libpq(url) == ("postgresql://ablage@/other?host=%2Frun", "geheim")


def test_several_hosts_are_passed_on_in_the_spelling_of_the_driver() -> None:
    assert dsn("postgresql://a@/b?host=one:1&host=two:2") == "postgresql://a@/b?host=one%3A1%2Ctwo%3A2"


def test_a_timeout_must_be_a_number() -> None:
    with pytest.raises(InvalidDatabaseUrlError, match="connect_timeout"):
        parse("postgresql://localhost/a?connect_timeout=soon")


def test_a_wrong_name_is_told_as_such(new_database: Callable[..., str]) -> None:
    url = new_database()
    name = parse(url).database
    result = CliRunner().invoke(app, ["current", "--database-url", url.replace(str(name), "nowhere")])
    assert result.exit_code == 1
    assert 'cannot be used: database "nowhere" does not exist. Is DATABASE_URL' in result.stderr


def test_the_password_is_in_no_list_of_processes(
    new_database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []
    run = subprocess.run

    def noted(command: list[str], **options: Any) -> Any:
        called.append(command)
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", noted)
    url = new_database("v0.9").replace("postgres@", "postgres:geheim@")
    result = CliRunner().invoke(app, ["backup", str(tmp_path), "--database-url", url])
    assert result.exit_code == 0, result.output
    assert any("--format=custom" in command for command in called)
    assert "geheim" not in str(called)
