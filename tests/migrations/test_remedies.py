"""What is said of errors of the database: what is wrong and what helps, and nothing that does not help."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from server_stub.cli.db.app import app
from server_stub.migrations import commands
from server_stub.migrations.releases import RELEASES
from server_stub.migrations.url import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Cluster, Sql


@pytest.fixture
def role(cluster: Cluster) -> Iterator[str]:
    """A role without any right, gone after the test with all that it owns."""
    name = f"role_{uuid4().hex[:8]}"
    cluster.execute(f"CREATE ROLE {name} LOGIN")
    yield name
    cluster.execute(f"ALTER ROLE {name} NOLOGIN")


def _as(url: str, role: str) -> str:
    return url.replace("postgres@", f"{role}@")


def _upgrade(url: str, target: str = "v0.9") -> tuple[int, str]:
    result = CliRunner().invoke(app, ["upgrade", target, "--database-url", url])
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    ("setup", "said"),
    [
        ("ALTER ROLE {role} IN DATABASE {db} SET default_transaction_read_only = on", "takes no writes"),
        ("ALTER ROLE {role} IN DATABASE {db} SET search_path = nowhere", "search_path is 'nowhere'"),
        ("REVOKE CREATE ON SCHEMA public FROM PUBLIC", "may not create tables in public"),
        ("GRANT CREATE ON SCHEMA public TO {role}", "GRANT CREATE ON DATABASE"),
    ],
)
def test_what_repeats_by_itself_is_refused_with_what_helps(
    new_database: Callable[..., str], sql: type[Sql], role: str, setup: str, said: str
) -> None:
    url = new_database()
    sql(url)(setup.format(role=role, db=parse(url).database))
    code, told = _upgrade(_as(url, role))
    assert code == 1
    assert said in told
    assert "same command again" not in told
    assert sql(url)("SELECT FROM pg_namespace WHERE nspname = 'ablage_migrations'") == []


def test_tables_of_another_owner_are_named_first(
    new_database: Callable[..., str], sql: type[Sql], role: str
) -> None:
    run = sql(new_database("v0.9"))
    run(f"GRANT ALL ON SCHEMA public TO {role}")
    run(f"GRANT SELECT ON alembic_version TO {role}")
    code, told = _upgrade(_as(run.url, role), "v1.0")
    assert code == 1
    assert "does not own alembic_version (owner postgres), api_keys (owner postgres)" in told
    assert "GRANT postgres TO" in told


def test_limits_of_the_role_do_not_end_a_migration(new_database: Callable[..., str], sql: type[Sql]) -> None:
    url = new_database()
    name = parse(url).database
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        sql(url)(f"ALTER DATABASE {name} SET {limit} = '100ms'")
    commands.upgrade(url, "v1.0")
    assert commands.current(url) == RELEASES["v1.0"]


def test_policies_that_would_not_protect_the_copy_are_named(
    new_database: Callable[..., str], sql: type[Sql]
) -> None:
    run = sql(new_database("v1.0"))
    run("ALTER TABLE ocr_results ENABLE ROW LEVEL SECURITY")
    code, told = _upgrade(run.url, "v2.0-expand")
    assert code == 1
    assert "Row-level security protects ocr_results" in told
    assert commands.current(run.url) == RELEASES["v1.0"]


def test_a_role_of_the_application_can_do_after_an_upgrade_what_it_could_before(
    new_database: Callable[..., str], sql: type[Sql], role: str
) -> None:
    run = sql(new_database())
    run("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    commands.upgrade(run.url, "v0.9")
    run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON users, documents TO {role}")
    commands.upgrade(run.url, "v2.0-expand")
    application = sql(_as(run.url, role))
    application("INSERT INTO users (email, role) VALUES ('a@example.org', 'user')")
    application("UPDATE users SET role = 'admin'")
    application(
        "INSERT INTO documents (user_id, filename, storage_key, size, mime_type, status, ocr_text, "
        "confidence_score, ocr_result) "
        "SELECT id, 'a', 'k', 1, 'm', 'completed', 't', 0.5, '{\"text\": \"t\"}' FROM users"
    )
    application("UPDATE documents SET ocr_text = 'u', confidence_score = 0.25, status = 'pending'")
    assert application("SELECT extracted_text FROM documents") == [{"extracted_text": "u"}]
    run(f"REVOKE SELECT ON TABLE user_roles FROM {role}")  # noqa: S608 - a name that was made here
    checked = CliRunner().invoke(app, ["check", "--database-url", run.url])
    assert checked.exit_code == 1
    assert f"missing right: GRANT SELECT ON user_roles TO {role}" in checked.stdout
