"""What a person sees at a terminal, and what programs get instead."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from tests.patience import patient

COMMAND = Path(sys.executable).with_name("ablage-migrate")
OLD = "from ablage_client import AblageClient\n\nprint(AblageClient().documents.get('x').ocr_text)\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for number in range(10):
        (tmp_path / f"m{number}.py").write_text(OLD)
    (tmp_path / "saved.json").write_text(json.dumps([{"ocr_text": "x" * 1000}] * 1000))
    return tmp_path


def run(folder: Path, *arguments: str, errors: Literal["terminal", "pipe"]) -> tuple[int, str, str]:
    """Run the command; return its exit code, its output (of a pipe), and what it wrote as errors."""
    master, slave = pty.openpty() if errors == "terminal" else os.pipe()
    done = subprocess.Popen(
        [str(COMMAND), *arguments],
        cwd=folder,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
    )
    os.close(slave)
    written = b""
    try:
        while piece := os.read(master, 65536):
            written += piece
    except OSError:  # how a terminal ends
        pass
    os.close(master)
    output, _ = done.communicate(timeout=patient(60))
    return done.returncode, output, written.decode()


def test_a_terminal_shows_how_many_files_are_done(files: Path) -> None:
    code, output, seen = run(files, "code", ".", "--check", errors="terminal")
    assert code == 1
    assert "Reading" in seen
    assert "10/10" in seen
    assert seen.endswith("\x1b[2K")  # the bar is wiped away at the end
    assert "10 files read, 10 to change" in output
    assert "\x1b" not in output


def test_a_terminal_shows_how_much_of_a_file_with_data_is_done(files: Path) -> None:
    code, output, seen = run(files, "data", "saved.json", "--check", errors="terminal")
    assert code == 1
    assert "Reading" in seen
    assert "1.0/1.0 MB" in seen
    assert output == "saved.json: 1000 documents to convert, 0 left as they are\n"


@pytest.mark.parametrize("arguments", [("code", ".", "--check"), ("data", "saved.json", "--check")])
def test_pipes_get_plain_lines_only(files: Path, arguments: tuple[str, ...]) -> None:
    code, output, seen = run(files, *arguments, errors="pipe")
    assert (code, seen) == (1, "")
    assert "\x1b" not in output


@pytest.mark.parametrize("arguments", [("code", ".", "--check"), ("data", "saved.json", "--check")])
def test_json_is_all_there_is(files: Path, arguments: tuple[str, ...]) -> None:
    code, output, seen = run(files, *arguments, "--json", errors="terminal")
    assert (code, seen) == (1, "")
    assert json.loads(output)
