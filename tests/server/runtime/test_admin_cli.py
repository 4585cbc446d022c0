"""`ablage-server users|keys|webhooks|jobs|stats`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from typer.testing import CliRunner

from server_stub.cli.commands import CommandError
from server_stub.cli.main import COMMANDS, application
from server_stub.testing import AblageServer, WebhookReceiver
from server_stub.testing.databases import databases
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_stub.releases import ReleaseName


@pytest.fixture
def command(server: AblageServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a command on the database of the shared server, and returns what it prints."""
    monkeypatch.setenv("DATABASE_URL", server.database_url)
    monkeypatch.setenv("ABLAGE_DATA_DIR", str(server.data_dir))

    def run(*arguments: str, typed: str = "") -> str:
        done = CliRunner().invoke(application(arguments[0]), arguments, input=typed)
        if isinstance(done.exception, CommandError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_a_user_made_here_can_work_and_can_be_shut_out(
    server: AblageServer, command: Callable[..., str]
) -> None:
    made = json.loads(
        command("users", "create", "Ada@Example.org", "--role", "viewer", "--name", "Ada L.", "--json",
                typed="a long enough password\n")
    )  # fmt: skip
    assert (made["email"], made["roles"]) == ("ada@example.org", ["viewer"])
    assert "ada@example.org" in command("users", "list")
    key = command("keys", "create", "laptop", "--user", "ada@example.org").splitlines()[0]
    documents = f"{server.url}/api/v2/documents"
    assert httpx.get(documents, headers={"X-API-Key": key}, timeout=60).status_code == 200
    command("users", "update", "ada@example.org", "--inactive")
    until(
        lambda: httpx.get(documents, headers={"X-API-Key": key}, timeout=60).status_code == 401,
        "they are shut out",
    )


def test_a_key_is_shown_once_limited_and_revoked(server: AblageServer, command: Callable[..., str]) -> None:
    owner = server.new_account("user")
    made = json.loads(
        command("keys", "create", "scanner", "--user", owner.email, "--scope", "documents:create",
                "--expires-days", "3", "--json")
    )  # fmt: skip
    assert made["scopes"] == ["documents:create"]
    listed = json.loads(command("keys", "list", "--user", owner.email, "--json"))
    assert {one["name"] for one in listed} == {"testing", "scanner"}
    assert made["key"] not in json.dumps(listed)
    documents = f"{server.url}/api/v2/documents"
    assert httpx.get(documents, headers={"X-API-Key": made["key"]}, timeout=60).status_code == 403
    command("keys", "revoke", made["prefix"])
    until(
        lambda: httpx.get(documents, headers={"X-API-Key": made["key"]}, timeout=60).status_code == 401,
        "it is revoked",
    )


def test_dead_deliveries_are_listed_and_delivered_again(
    command: Callable[..., str], server: AblageServer, make_pdf: Callable[[str], bytes]
) -> None:
    owner = server.new_account("user")
    with WebhookReceiver(lambda _webhook: 400) as receiver:
        server.fetch(
            "INSERT INTO webhooks (user_id, url, event_types, secret) "
            "VALUES ($1, $2, '[\"document.created\"]', 'whsec_c2VjcmV0c2VjcmV0')",
            owner.user_id, receiver.url,
        )  # fmt: skip
        httpx.post(
            f"{server.url}/api/v2/documents",
            headers=owner.headers,
            files={"file": ("a.pdf", make_pdf("x"))},
            timeout=patient(60),
        )

        def dead() -> list[dict[str, object]]:
            found = json.loads(command("webhooks", "deliveries", "--status", "dead", "--json"))
            return [one for one in found if one["url"] == receiver.url]

        [delivery] = until(dead, "it is dead")
        assert delivery["last_error"] == "The receiver answered 400."
        assert receiver.url in command("webhooks", "list")
        receiver.answer = lambda _webhook: 204
        command("webhooks", "redeliver", str(delivery["id"]))
        until(lambda: len(receiver.received) == 2, "it is delivered again")
        until(lambda: not dead(), "it is no longer dead")


@pytest.mark.parametrize(("release", "schema"), [("2.0", "v2.0"), ("1.0", "v1.0"), ("1.0", "v2.0-expand")])
def test_failed_jobs_are_listed_and_done_again(
    command: Callable[..., str],
    make_pdf: Callable[[str], bytes],
    monkeypatch: pytest.MonkeyPatch,
    release: ReleaseName,
    schema: str,
) -> None:
    monkeypatch.setenv("ABLAGE_RELEASE", release)
    with AblageServer(worker_concurrency=0, release=release, schema=schema) as idle, idle.sdk() as sdk:
        document = sdk.documents.upload(make_pdf("wieder"), filename="a.pdf")
        idle.fetch("UPDATE ablage_jobs.procrastinate_jobs SET status = 'failed', attempts = 5 "
                   "WHERE queue_name = 'ocr'")  # fmt: skip
        idle.fetch("UPDATE documents SET status = 'failed', error_message = 'gone'")
        monkeypatch.setenv("DATABASE_URL", idle.database_url)
        [job] = json.loads(command("jobs", "list", "--status", "failed", "--json"))
        assert job["document_id"] == str(document.id)
        assert json.loads(command("jobs", "retry", str(job["id"]), "--json")) == {"retried": 1}
        waiting = sdk.documents.get(document.id)
        assert (waiting.status, waiting.error) == ("pending", None)
        with AblageServer(database_url=idle.database_url, data_dir=idle.data_dir, release=release):
            until(lambda: sdk.documents.get(document.id).status == "completed", "it is done")


def test_stats_count_what_there_is(command: Callable[..., str]) -> None:
    stats = json.loads(command("stats", "--json"))
    assert stats["users"] >= 1
    assert stats["workers"] >= 1
    assert "documents completed" in command("stats")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("keys", "create", "x", "--user", "nobody@example.org"), "users list"),
        (("keys", "create", "x", "--user", "admin@ablage.local", "--scope", "all:everything"), "Known ones"),
        (("keys", "revoke", "ak_live_nothing0"), "keys list"),
        (("users", "create", "no-address"), "e-mail address"),
        (("users", "create", "x@example.org", "--role", "king"), "Known ones"),
        (("webhooks", "redeliver", "00000000-0000-7000-8000-000000000000"), "webhooks deliveries"),
    ],
)
def test_mistakes_are_told_with_what_to_do(
    command: Callable[..., str], arguments: tuple[str, ...], hint: str
) -> None:
    with pytest.raises(CommandError) as caught:
        command(*arguments, typed="a long enough password\n")
    assert hint in str(caught.value)


def test_a_database_without_our_schema_is_told(
    command: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.create(migrated=False)
    monkeypatch.setenv("DATABASE_URL", url)
    try:
        with pytest.raises(CommandError, match="ablage-server db upgrade"):
            command("stats")
    finally:
        databases.drop(url)


#: What no help needs. (pydantic is not here: typer itself reads some options with it.)
HEAVY = {"sqlalchemy", "alembic", "asyncpg", "psycopg", "fastapi", "pydantic_settings", "procrastinate",
         "uvloop"}  # fmt: skip


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)])
def test_help_and_the_release_need_nothing_heavy(arguments: list[str]) -> None:
    """So that a shell that asks for the release, or a person for help, waits for nothing."""
    program = "import sys; from server_stub.cli.main import run\ntry: run()\nexcept SystemExit: pass\n"
    program += f"print({HEAVY} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, check=True)
    assert done.stdout.splitlines()[-1] == b"set()"


def test_help_of_every_command_of_a_group_needs_nothing_heavy() -> None:
    program = f"""
import sys
from typer.main import get_command
from typer.testing import CliRunner
from server_stub.cli.main import COMMANDS, application
app = application(*COMMANDS)
for group in get_command(app).commands.values():
    for name in getattr(group, "commands", []):
        told = CliRunner().invoke(app, [group.name, name, "--help"])
        assert f"ablage-server {{group.name}} {{name}}" in told.stdout
        print(name)
print({HEAVY} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    *names, heavy = done.stdout.splitlines()
    assert {"upgrade", "restore", "revoke", "redeliver", "sweep"} <= set(names)
    assert heavy == "set()"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_of_each_what_its_own_help_says(name: str) -> None:
    told = CliRunner().invoke(application(name), [name, "--help"])
    assert told.exit_code == 0
    assert " ".join(COMMANDS[name][2].split()).rstrip(".") in " ".join(told.stdout.split())
