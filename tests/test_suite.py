"""The suite itself: what a stranger's machine does to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
LEAVING = """
import subprocess

def test_that_fails():
    subprocess.Popen(["sh", "-c", "sleep 321 & sleep 321"], start_new_session=True)
    assert False
"""


def pytest(folder: Path, source: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a test file with the fixtures and hooks of this suite."""
    (folder / "test_it.py").write_text(source)
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_TIMEOUT"}
    return subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml", "-p", "tests.hygiene",
            "-p", "no:cacheprovider", folder,
        ],
        cwd=ROOT, env={**inherited, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_failed_test_leaves_no_process_behind(tmp_path: Path) -> None:
    assert pytest(tmp_path, LEAVING).returncode == 1
    found = [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"]]
    assert not [process for process in found if process.info["cmdline"] == ["sleep", "321"]]


def test_children_take_ctrl_c_although_a_background_shell_ignores_it(tmp_path: Path) -> None:
    source = (
        "import signal, subprocess, sys\n"
        "def test_it():\n"
        "    code = 'import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)'\n"
        "    assert subprocess.check_output([sys.executable, '-c', code]) == b'True\\n'\n"
    )
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert pytest(tmp_path, source).returncode == 0
    finally:
        signal.signal(signal.SIGINT, before)


def test_every_limit_follows_one_factor(tmp_path: Path) -> None:
    source = (
        "import os\nfrom tests.patience import patient\n"
        "def test_it():\n    assert patient(10) == 30\n    assert os.environ['PYTEST_TIMEOUT'] == '900'\n"
    )
    found = pytest(tmp_path, source, ABLAGE_TEST_PATIENCE="3")
    assert found.returncode == 0, found.stdout
