"""What users install is what is tested: the built wheel, in new virtual environments, far from the source."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
KEY = "ak_live_" + "k" * 43
pytestmark = pytest.mark.timeout(600)

CLIENT = """
import ablage_sdk
with ablage_sdk.AblageSDK(api_key="k"):
    print(ablage_sdk.__version__)
"""
WAIT = """
import sys, time
from ablage_sdk import AblageError, AblageSDK
deadline = time.monotonic() + 60
with AblageSDK(base_url=sys.argv[1], api_key="-", max_retries=0) as sdk:
    while True:
        try:
            sys.exit(sdk.health.ready() and 0)
        except AblageError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
"""
UPLOAD = """
import sys
from ablage_sdk import AblageSDK
with AblageSDK(base_url=sys.argv[1], api_key=sys.argv[2]) as sdk:
    document = sdk.documents.upload_and_wait(sys.argv[3], timeout=120)
    assert document.status == "completed", document
    print(document.page_count, "Rechnung" in document.extracted_text)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("ablage_sdk", "ablage_client_compat", "server_stub"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source, cwd=out)
    return next(out.glob("ablage_sdk-*.whl"))


@pytest.fixture(scope="module")
def everything(wheel: Path) -> Iterator[Path]:
    # Not below pytest's own folder: each session that starts closes it to other users again, and as root
    # PostgreSQL runs as another user, from this environment.
    with tempfile.TemporaryDirectory(prefix="ablage-test-") as folder:
        yield new_environment(Path(folder) / "all", f"{wheel}[all]")


def test_the_wheel_installs_only_our_own_packages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert top == {"ablage_sdk", "ablage_client_compat", "server_stub"}
    assert any(name.startswith("server_stub/migrations/versions/") for name in names)
    assert {f"{package}/py.typed" for package in top} <= set(names)


def test_the_client_needs_httpx_and_pydantic_and_nothing_else(wheel: Path, tmp_path: Path) -> None:
    python = new_environment(tmp_path / "venv", str(wheel))
    listed = json.loads(run(UV, "pip", "list", "--format", "json", "--python", python))
    assert len(listed) <= 13, listed  # ablage-sdk itself and at most twelve others
    assert run(python, "-W", "error", "-c", CLIENT, cwd=tmp_path).strip() == installed_version(wheel)


PLUGIN = """
import sys

def test_that_uses_nothing_of_ours():
    ours = {"server_stub.testing.server", "server_stub.app", "sqlalchemy", "fastapi"}
    assert "server_stub.testing.pytest_plugin" in sys.modules
    assert not ours & set(sys.modules)

def test_with_a_server(ablage_server):
    pass
"""


def test_a_base_install_leaves_its_users_tests_alone(wheel: Path, tmp_path: Path) -> None:
    python = new_environment(tmp_path / "venv", str(wheel), "pytest")
    (tmp_path / "test_theirs.py").write_text(PLUGIN)
    done = subprocess.run(
        [python, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_theirs.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "1 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert "pip install 'ablage-sdk[testing]'" in done.stdout


def test_the_server_runs_from_a_folder_with_its_own_migrations(everything: Path, tmp_path: Path) -> None:
    for module in ("migrations", "tests", "alembic"):
        (tmp_path / module).mkdir()
        (tmp_path / module / "__init__.py").write_text("raise SystemExit('the wrong module was imported')")
    with serving(everything, tmp_path) as url:
        invoice = ROOT / "examples" / "documents" / "invoice.pdf"
        assert run(everything, "-c", UPLOAD, url, KEY, invoice, cwd=Path("/")).split() == ["2", "True"]


@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
def test_the_client_works_with_the_oldest_and_newest_versions_it_allows(
    resolution: str, wheel: Path, everything: Path, tmp_path: Path
) -> None:
    python = new_environment(tmp_path / "venv", str(wheel), "--resolution", resolution, constraints=None)
    invoice = ROOT / "examples" / "documents" / "invoice.pdf"
    with serving(everything, tmp_path) as url:
        assert run(python, "-W", "error", "-c", UPLOAD, url, KEY, invoice, cwd=tmp_path).split() == [
            "2",
            "True",
        ]


@contextmanager
def serving(python: Path, folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # PostgreSQL does not run as root; its files have to be where another user may go.
    with tempfile.TemporaryDirectory(prefix="ablage-test-") as data:
        yield from serve(python, folder, port, data)


def serve(python: Path, folder: Path, port: int, data: str) -> Iterator[str]:
    server_program = python.with_name("ablage-server")
    command = [str(server_program), "serve", "--port", str(port), "--data-dir", data]
    environment = {**os.environ, "ABLAGE_BOOTSTRAP_API_KEY": KEY}
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        url = f"http://127.0.0.1:{port}"
        ready = subprocess.run([str(python), "-c", WAIT, url], cwd=folder, check=False, capture_output=True)
        assert ready.returncode == 0
        yield url
        server.send_signal(signal.SIGINT)
        assert server.wait(patient(60)) == 0
    except AssertionError as error:
        error.add_note(f"The server said:\n{log.read_text()}")
        raise
    finally:
        server.kill()
        server.wait()


def new_environment(
    folder: Path, *packages: str, constraints: Path | None = ROOT / "constraints.txt"
) -> Path:
    run(UV, "venv", "--quiet", "--clear", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    pinned = [] if constraints is None else ["-c", constraints]
    run(UV, "pip", "install", "--quiet", "--python", python, *pinned, *packages)
    return python


def installed_version(wheel: Path) -> str:
    return wheel.name.split("-")[1]


def run(*command: object, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=patient(300),
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
