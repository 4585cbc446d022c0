"""The four ways in which a program finds the old client; each in a process of its own."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.compat.runtime.conftest import Run

USE = """
    from ablage_client import AblageClient, Document
    from ablage_client.exceptions import AblageNotFoundError
    from ablage_client.models import PaginatedResponse
    from ablage_client.client import AblageClient as Same
    import ablage_client, ablage_client.exceptions, ablage_client_compat
    assert AblageClient is Same is ablage_client_compat.AblageClient
    assert ablage_client.exceptions.AblageNotFoundError is AblageNotFoundError
    print("ok", ablage_client.__version__)
"""


def test_install_makes_the_old_names_importable(run: Run) -> None:
    ended = run(
        "program.py",
        program="from ablage_client_compat import install\ninstall()\ninstall()\n" + _plain(USE),
    )
    assert ended.stdout.startswith("ok 2."), ended.stderr


def test_install_refuses_when_the_real_package_was_imported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ablage_client.py").write_text("class AblageClient: pass")
    ended = run("program.py", program="""
        import ablage_client, ablage_client_compat
        try:
            ablage_client_compat.install()
        except ImportError as error:
            print(error)
    """)  # fmt: skip
    assert str(tmp_path / "ablage_client.py") in ended.stdout
    assert "Call install() before the first `import ablage_client`" in ended.stdout


def test_the_installed_names_say_what_is_missing(run: Run) -> None:
    ended = run("program.py", program="""
        import ablage_client_compat
        ablage_client_compat.install()
        import ablage_client, importlib.util
        assert importlib.util.find_spec("ablage_client").name == "ablage_client"
        try:
            ablage_client.AblageCleint
        except AttributeError as error:
            print(error)
        try:
            import ablage_client.utils
        except ModuleNotFoundError as error:
            print(error)
    """)  # fmt: skip
    assert "did you mean 'AblageClient'?" in ended.stdout
    assert "No module named 'ablage_client.utils'" in ended.stdout


def test_classes_can_be_patched_under_the_old_name(run: Run) -> None:
    ended = run("-m", "ablage_client_compat", "program.py", program="""
        from unittest import mock
        from ablage_client import AblageClient
        with mock.patch("ablage_client.client.AblageClient.get_document", return_value={"id": "1"}):
            print(AblageClient("ak_test_x").get_document("1"))
    """)  # fmt: skip
    assert ended.stdout == "{'id': '1'}\n", ended.stderr


@pytest.mark.parametrize("package", ["ablage_client_compat", "ablage_sdk"])
def test_nothing_of_posix_is_needed_to_import(run: Run, package: str) -> None:
    ended = run("program.py", program=f"""
        import os, sys
        for name in ("fcntl", "grp", "pwd", "resource", "termios"):
            sys.modules[name] = None
        del os.fork, os.register_at_fork
        import {package}
    """)  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")


# --- python -m ablage_client_compat -------------------------------------------------------------------


def test_an_unmodified_program_runs(run: Run) -> None:
    ended = run("-m", "ablage_client_compat", "program.py", program=USE)
    assert ended.stdout.startswith("ok 2."), ended.stderr


def test_the_real_old_package_is_shadowed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "ablage_client.py").write_text("raise SystemExit('the old package')")
    path = os.pathsep.join([str(tmp_path / "elsewhere"), os.environ.get("PYTHONPATH", ""), *sys.path])
    ended = run("-m", "ablage_client_compat", "program.py", program=USE, environment={"PYTHONPATH": path})
    assert ended.stdout.startswith("ok 2."), ended.stderr


def test_the_program_sees_what_it_always_saw(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sibling.py").write_text("NAME = 'beside the program'")
    ended = run("-m", "ablage_client_compat", "program.py", "--since", "2025", program="""
        import __main__, sibling, sys
        print(__name__, __file__, sys.argv, sibling.NAME, __main__.__dict__ is globals(), __spec__, __doc__)
    """)  # fmt: skip
    assert ended.stdout.split(" ", 1) == [
        "__main__",
        "program.py ['program.py', '--since', '2025'] beside the program True None None\n",
    ]


@pytest.mark.parametrize(
    ("last_line", "code", "error"),
    [
        ("pass", 0, ""),
        ("raise SystemExit(7)", 7, ""),
        ("raise SystemExit('no such month')", 1, "no such month\n"),
        ("import os; os._exit(3)", 3, ""),
    ],
)
def test_the_exit_code_is_the_programs(run: Run, last_line: str, code: int, error: str) -> None:
    ended = run("-m", "ablage_client_compat", "program.py", program=last_line)
    assert (ended.returncode, ended.stderr) == (code, error)


def test_a_traceback_shows_the_program_only(run: Run) -> None:
    ended = run("-m", "ablage_client_compat", "program.py", program="""
        def inner():
            raise LookupError("gone")
        inner()
    """)  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith('Traceback (most recent call last):\n  File "program.py", line 4')
    assert "ablage_client_compat" not in ended.stderr
    assert ended.stderr.endswith("LookupError: gone\n")


def test_modules_packages_and_folders_run_too(run: Run, tmp_path: Path) -> None:
    package = tmp_path / "nightly"
    package.mkdir()
    (package / "__main__.py").write_text(
        "import sys; from ablage_client import AblageClient; print(__name__, sys.argv[1:])"
    )
    for target in (["-m", "nightly"], ["nightly"]):
        ended = run("-m", "ablage_client_compat", *target, "--x")
        assert ended.stdout == "__main__ ['--x']\n", ended.stderr


def test_threads_and_exit_handlers_outlive_the_last_line(run: Run) -> None:
    ended = run("-m", "ablage_client_compat", "program.py", program="""
        import atexit, pickle, threading
        class Job: pass
        def later():
            import __main__
            print(type(pickle.loads(pickle.dumps(Job()))) is Job, __main__.__dict__ is globals())
        atexit.register(later)
        threading.Timer(0.05, later).start()
    """)  # fmt: skip
    assert ended.stdout == "True True\nTrue True\n", ended.stderr


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_multiprocessing_find_the_old_names(run: Run, method: str) -> None:
    ended = run("-m", "ablage_client_compat", "program.py", program=f"""
        import multiprocessing
        from ablage_client import Document
        def work(number):
            from ablage_client.exceptions import AblageError
            return Document({{"id": str(number)}})
        if __name__ == "__main__":
            with multiprocessing.get_context("{method}").Pool(2) as pool:
                print([document.id for document in pool.map(work, range(3))])
    """)  # fmt: skip
    assert ended.stdout == "['0', '1', '2']\n", ended.stderr


def test_child_programs_find_the_old_names(run: Run, tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text(
        "from ablage_client.models import Document; print(Document({'id': '1'}).id)"
    )
    ended = run("-m", "ablage_client_compat", "program.py", program="""
        import subprocess, sys
        subprocess.run([sys.executable, "child.py"], check=True)
    """)  # fmt: skip
    assert ended.stdout == "1\n", ended.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "name the script to run"),
        (["-m"], "name the script to run"),
        (["nothing.py"], "there is no file nothing.py"),
        (["--fast", "program.py"], "unknown option --fast"),
        (["-m", "no_such_module"], "No module named no_such_module"),
    ],
)
def test_wrong_usage_is_explained_without_a_traceback(run: Run, arguments: list[str], complaint: str) -> None:
    ended = run("-m", "ablage_client_compat", *arguments)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"python -m ablage_client_compat: {complaint}")
    assert "Traceback" not in ended.stderr


def test_help_has_an_example(run: Run) -> None:
    ended = run("-m", "ablage_client_compat", "--help")
    assert ended.returncode == 0
    assert "example: ABLAGE_API_KEY=" in ended.stdout


def _plain(program: str) -> str:
    return "\n".join(line.strip() for line in program.splitlines())
