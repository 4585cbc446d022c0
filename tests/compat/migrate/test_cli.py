"""The command line: what is printed, written, and which exit code comes back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ablage_client_compat.migrate.cli import app
from ablage_client_compat.migrate.rules import guide

ROOT = Path(__file__).parents[3]
OLD = "from ablage_client import AblageClient\n\nprint(AblageClient().documents.get('x').ocr_text)\n"
NEW = "from ablage_sdk import AblageSDK\n\nprint(AblageSDK().documents.get('x').extracted_text or \"\")\n"
UNSURE = "def f(x):\n    return x.ocr_text\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "old.py").write_text(OLD)
    (tmp_path / "other.py").write_text("print('nothing')\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "skipped.py").write_text(OLD)
    return tmp_path


def test_diff_shows_and_changes_nothing(project: Path) -> None:
    result = run("code", project)
    assert result.exit_code == 0
    assert "+print(AblageSDK().documents.get('x').extracted_text or \"\")" in result.output
    assert "2 files read, 1 would change" in result.output
    assert (project / "old.py").read_text() == OLD


def test_write_then_check(project: Path) -> None:
    assert run("code", project, "--check").exit_code == 1
    assert run("code", project, "--write").exit_code == 0
    assert (project / "old.py").read_text() == NEW
    assert (project / "node_modules" / "skipped.py").read_text() == OLD
    assert run("code", project, "--check").exit_code == 0


def test_check_fails_as_long_as_a_todo_is_left(project: Path) -> None:
    run("code", project, "--write")
    (project / "unsure.py").write_text(UNSURE)
    run("code", project, "--write")
    result = run("code", project, "--check", "--json")
    assert result.exit_code == 1
    (todo,) = json.loads(result.output)["todos"]
    assert todo["file"] == str(project / "unsure.py")
    assert todo["line"] == 2
    assert "extracted_text" in todo["reason"]


def test_a_file_that_is_not_python_is_reported_and_the_rest_done(project: Path) -> None:
    (project / "broken.py").write_text("ablage_client = (\n")
    result = run("code", project, "--write")
    assert result.exit_code == 2
    assert "broken.py: not Python source" in result.output
    assert (project / "old.py").read_text() == NEW


def test_the_encoding_of_a_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "latin.py"
    path.write_bytes(("# -*- coding: latin-1 -*-\n# für\n" + OLD).encode("latin-1"))
    assert run("code", path, "--write").exit_code == 0
    assert path.read_bytes() == ("# -*- coding: latin-1 -*-\n# für\n" + NEW).encode("latin-1")


def test_many_files_go_through_several_processes(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"m{number}.py").write_text(OLD)
    assert run("code", tmp_path, "--write", "--jobs", 2).exit_code == 0
    assert {path.read_text() for path in tmp_path.glob("*.py")} == {NEW}


def test_a_client_of_another_module_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "clients.py").write_text(
        "from ablage_client import AblageClient\n\nclient = AblageClient()\n\n\n"
        "def get_document(name):\n    return client.documents.get(name)\n"
    )
    (tmp_path / "use.py").write_text(
        "from clients import client, get_document\n\n"
        "print(client.documents.get('x').ocr_result['content'])\nprint(get_document('y').ocr_text.upper())\n"
    )
    assert run("code", tmp_path, "--write").exit_code == 0
    assert (tmp_path / "use.py").read_text() == (
        "from clients import client, get_document\n\n"
        "# TODO(ablage): content is text now: put the value into a variable first\n"
        "print(client.documents.get('x').ocr_result['content'])\n"
        "print((get_document('y').extracted_text or \"\").upper())\n"
    )


def test_data(tmp_path: Path) -> None:
    path = tmp_path / "saved.jsonl"
    path.write_text('{"ocr_text": "a"}\n{"ocr_text": "b"}\n')
    assert run("data", path, "--check").exit_code == 1
    assert run("data", path, "--write").exit_code == 0
    assert path.read_text() == '{"extracted_text": "a"}\n{"extracted_text": "b"}\n'
    assert run("data", path, "--check").exit_code == 0
    result = run("data", path, "--to", "v1", "--output", tmp_path / "back.jsonl", "--json")
    assert json.loads(result.output)[0]["changed"] == {"document": 2}
    assert (tmp_path / "back.jsonl").read_text() == '{"ocr_text": "a"}\n{"ocr_text": "b"}\n'


def test_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("env").exit_code == 2
    Path(".env").write_text("MAX_FILE_SIZE=1048577\n")
    assert "+MAX_UPLOAD_SIZE_MB=2" in run("env").output
    assert run("env", "--check").exit_code == 1
    assert run("env", "--write").exit_code == 0
    assert run("env", "--check").exit_code == 0


def test_report(tmp_path: Path) -> None:
    path = tmp_path / "uses.json"
    use = {"file": "a.py", "line": 3, "name": "Document.ocr_text", "replacement": "Write x.", "count": 5}
    path.write_text(json.dumps({"format": 1, "uses": [use]}))
    assert run("report", path).output == (
        "a.py:3: Document.ocr_text, 5 times. Write x.\n"
        "1 place(s), 1 old name(s): `ablage-migrate code` rewrites them.\n"
    )
    assert json.loads(run("report", path, "--json").output) == [use]
    path.write_text("{}")
    result = run("report", path)
    assert (result.exit_code, "Traceback" in result.output) == (2, False)


@pytest.mark.parametrize("arguments", [("code", "nowhere"), ("code",), ("data", "nowhere"), ("run",), ("x",)])
def test_wrong_use_says_so_without_a_traceback(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_run_is_the_module(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\nfrom ablage_client import AblageError\nprint(sys.argv[1:], AblageError.__name__)\n"
    )
    done = subprocess.run(
        [Path(sys.executable).with_name("ablage-migrate"), "run", program, "--flag", "x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "['--flag', 'x'] AblageError\n"), done.stderr


def test_the_page_of_the_documentation_is_up_to_date() -> None:
    assert guide.main(["--check", str(ROOT / "docs" / "migrating" / "before-after.md")]) == 0
