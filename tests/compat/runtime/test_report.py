"""``ABLAGE_COMPAT_REPORT``: one file for all processes."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from ablage_client_compat.report_file import read, write
from ablage_client_compat.warnings import Use

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

PROGRAM = """
    from ablage_client import Document
    document = Document({"id": "1", "ocr_text": "x"})
    for _ in range(3):
        document.ocr_text
"""


def to(path: Path) -> dict[str, str]:
    return {"ABLAGE_COMPAT_REPORT": str(path)}


def uses(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["uses"]
    return found


def test_the_file_is_written_at_exit_and_adds_up(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    for _ in range(2):
        ended = run(
            "-m",
            "ablage_client_compat",
            "program.py",
            program=PROGRAM,
            environment=to(report),
        )
        assert ended.returncode == 0, ended.stderr
    assert uses(report) == [
        {
            "file": str(tmp_path / "program.py"),
            "line": 5,
            "name": "Document.ocr_text",
            "replacement": "Write `document.extracted_text`.",
            "count": 6,
        }
    ]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_are_merged(run: Run, tmp_path: Path, method: str) -> None:
    report = tmp_path / "report.json"
    ended = run("-m", "ablage_client_compat", "program.py", environment=to(report), program=f"""
        import multiprocessing
        from ablage_client import Document
        def work(number):
            return Document({{"ocr_text": "x"}}).ocr_text
        if __name__ == "__main__":
            work(0)
            pool = multiprocessing.get_context("{method}").Pool(2)
            pool.map(work, range(10), chunksize=1)
            pool.close()
            pool.join()
    """)  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert [(use["line"], use["count"]) for use in uses(report)] == [(5, 11)]


def test_a_process_that_is_killed_while_it_writes_leaves_what_others_wrote(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    run("-m", "ablage_client_compat", "program.py", program=PROGRAM, environment=to(report))
    before = report.read_text()
    kill = "import os, signal\nos.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
    program = kill + textwrap.dedent(PROGRAM)
    killed = run("-m", "ablage_client_compat", "program.py", program=program, environment=to(report))
    assert killed.returncode == -9, killed.stderr
    assert report.read_text() == before
    run("-m", "ablage_client_compat", "program.py", program=PROGRAM, environment=to(report))
    assert uses(report)[0]["count"] == 6


def test_a_program_that_fails_is_reported_too(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ended = run(
        "-m",
        "ablage_client_compat",
        "program.py",
        program=PROGRAM + "    raise SystemExit(3)",
        environment=to(report),
    )
    assert ended.returncode == 3
    assert uses(report)[0]["count"] == 3


def test_another_file_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    precious = tmp_path / "precious.json"
    precious.write_text('{"mine": true}')
    ended = run(
        "-m",
        "ablage_client_compat",
        "program.py",
        program=PROGRAM,
        environment=to(precious),
    )
    assert ended.returncode == 0
    assert (
        "precious.json is not a report of the old client's use; name another file, or delete it"
        in ended.stderr
    )
    assert "Traceback" not in ended.stderr
    assert precious.read_text() == '{"mine": true}'


def test_without_the_variable_nothing_is_written(run: Run, tmp_path: Path) -> None:
    run("-m", "ablage_client_compat", "program.py", program=PROGRAM)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["program.py"]


def test_what_was_written_can_be_read(tmp_path: Path) -> None:
    some = [Use("a.py", 3, "Document.ocr_text", "Write.", 2), Use("b.py", 1, "AblageClient()", "Write.", 1)]
    write(tmp_path / "r.json", some[:1])
    write(tmp_path / "r.json", some)
    assert read(tmp_path / "r.json") == [Use("a.py", 3, "Document.ocr_text", "Write.", 4), some[1]]
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ValueError, match="is not a report"):
        read(tmp_path / "x.json")
