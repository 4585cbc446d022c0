"""The command `ablage`, as people and scripts use it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server_stub.testing import AblageServer

    Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ablage(server: AblageServer, tmp_path: Path) -> Run:
    """Runs the command with an API key in the environment."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ABLAGE_")},
        "ABLAGE_BASE_URL": server.url,
        "ABLAGE_API_KEY": server.api_key,
        "ABLAGE_CONFIG": str(tmp_path / "config.json"),
        "PYTHONWARNINGS": "error",
    }

    def run(*arguments: object, stdin: str = "", **changed: str | None) -> subprocess.CompletedProcess[str]:
        merged = {**environment, **changed}
        finished = subprocess.run(
            [sys.executable, "-c", "from ablage_sdk.cli import main; main()", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={name: value for name, value in merged.items() if value is not None},
        )
        assert "Traceback" not in finished.stderr, finished.stderr
        return finished

    return run


def test_a_document_goes_in_and_out(ablage: Run, invoice: Path, tmp_path: Path) -> None:
    tag = uuid.uuid4().hex
    (tmp_path / "scans").mkdir()
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / "scans" / name).write_bytes(invoice.read_bytes())
    uploaded = ablage("--json", "upload", "--wait", "--tag", tag, tmp_path / "scans" / "*.pdf")
    assert uploaded.returncode == 0, uploaded.stderr
    documents = [json.loads(line) for line in uploaded.stdout.splitlines()]
    assert {each["status"] for each in documents} == {"completed"}
    ids = sorted(each["id"] for each in documents)
    listed = ablage("list", "--tag", tag).stdout.splitlines()
    assert sorted(line.split("\t")[0] for line in listed) == ids
    assert "Rechnung" in ablage("text", ids[0]).stdout
    assert json.loads(ablage("--json", "get", ids[0]).stdout)["tags"] == [tag]
    saved = ablage("download", "-o", tmp_path / "out.pdf", ids[0])
    assert saved.stdout.strip() == str(tmp_path / "out.pdf")
    assert (tmp_path / "out.pdf").read_bytes() == invoice.read_bytes()
    assert ablage("download", "-o", tmp_path, *ids).returncode == 0
    found = ablage("--json", "search", "Rechnung", "--limit", "200")
    assert found.returncode == 0, found.stderr
    assert ablage("delete", *ids, stdin="n\n").returncode == 130
    assert ablage("delete", "--yes", *ids).returncode == 0
    assert ablage("list", "--tag", tag).stdout == ""


def test_one_bad_file_fails_the_command_and_not_the_others(
    ablage: Run, invoice: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.pdf").write_text("no document")
    finished = ablage("upload", invoice, tmp_path / "bad.pdf")
    assert finished.returncode == 1
    assert len(finished.stdout.splitlines()) == 1
    assert "bad.pdf: documents.upload:" in finished.stderr


@pytest.mark.parametrize(
    ("arguments", "changed", "code", "words"),
    [
        (["get", "0199d6a2-7c31-7b1e-9d2a-1c9a5f0e7b11"], {}, 4, "DOC_NOT_FOUND"),
        (["list"], {"ABLAGE_API_KEY": "ak_test_wrong"}, 3, "ablage login"),
        (["list"], {"ABLAGE_API_KEY": None}, 2, "Log in with `ablage login`"),
        (["list"], {"ABLAGE_BASE_URL": "http://127.0.0.1:9"}, 5, "cannot connect"),
        (["list"], {"ABLAGE_BASE_URL": "archive"}, 2, "must look like"),
        (["upload", "absent-*.pdf"], {}, 2, "nothing matches"),
        (["upload", "empty"], {}, 2, "there are no files in 'empty'"),
        (["upload", "absent.pdf"], {}, 1, "No such file"),
        (["upload", "locked.pdf", "--manifest", "absent/m"], {}, 2, "absent/m"),
        (["download", "-o", "absent/a.pdf", "0199d6a2-7c31-7b1e-9d2a-1c9a5f0e7b11"], {}, 2, "cannot write"),
        (["list"], {"ABLAGE_API_KEY": None, "ABLAGE_CONFIG": "broken.json"}, 2, "correct or delete it"),
        (["login", "--email", "nobody@example.org"], {}, 3, "password is wrong"),
        (["upload", "--metadata", "[1]", "x"], {}, 2, "JSON object"),
        (["frobnicate"], {}, 2, "No such command"),
        (["list", "--limit", "x"], {}, 2, "Invalid value"),
    ],
)
def test_mistakes_are_named_and_have_their_exit_code(
    ablage: Run,
    arguments: list[str],
    changed: dict[str, str | None],
    code: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("{broken")
    (tmp_path / "locked.pdf").write_bytes(b"%PDF")
    finished = ablage(*arguments, **changed)
    assert finished.returncode == code, finished.stderr
    assert words in finished.stderr
    assert finished.stdout == ""


def test_a_login_is_kept_for_its_server_only(ablage: Run, tmp_path: Path) -> None:
    email, password = f"{uuid.uuid4().hex}@example.org", "correct horse battery staple"
    created = ablage("--json", "users", "create", email, stdin=f"{password}\n")
    assert created.returncode == 0, created.stderr
    without = {"ABLAGE_API_KEY": None}
    assert ablage("login", "--email", email, stdin=f"{password}\n", **without).returncode == 0
    config = tmp_path / "config.json"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert json.loads(ablage("--json", "whoami", **without).stdout)["email"] == email
    elsewhere = ablage("--base-url", "http://127.0.0.1:9", "whoami", **without)
    assert elsewhere.returncode == 2
    shown = ablage("config", **without)
    assert "login from the file" in shown.stdout
    assert json.loads(config.read_text())["access_token"] not in shown.stdout
    assert ablage("logout", **without).returncode == 0
    assert ablage("whoami", **without).returncode == 2


def test_keys_and_webhooks_are_managed(ablage: Run) -> None:
    key = json.loads(
        ablage("--json", "keys", "create", "scanner", "--scope", "documents:read", "--days", "2").stdout
    )
    assert ablage("list", ABLAGE_API_KEY=key["key"]).returncode == 0
    assert key["id"] in ablage("keys", "list").stdout
    assert ablage("keys", "revoke", key["id"]).returncode == 0
    made = ablage("webhooks", "create", "http://127.0.0.1:9/hook", "--event", "document.processed")
    webhook_id, secret = made.stdout.split()
    assert secret.startswith("whsec_")
    assert webhook_id in ablage("webhooks", "list").stdout
    assert ablage("webhooks", "deliveries", webhook_id).returncode == 0
    assert ablage("webhooks", "delete", webhook_id).returncode == 0


def test_help_has_an_example_everywhere(ablage: Run) -> None:
    commands = (
        "upload list get text download search delete login logout config whoami health users keys webhooks"
    )
    for command in ([], *([each] for each in commands.split())):
        shown = ablage(*command, "--help")
        assert shown.returncode == 0
        assert "Example: ablage" in " ".join(shown.stdout.split()), command
    assert ablage("health").returncode == 0
    assert ablage("--version").stdout.startswith("ablage 2.")
