"""``pip install -U ablage-client``: the transitional distribution, over an older one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

from ablage_sdk import __version__
from tests.patience import patient

from .conftest import ROOT

SOURCE = ROOT / "distributions" / "ablage-client"
OLD = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "ablage-client"
version = "1.8.2"
[tool.setuptools]
packages = ["ablage_client"]
"""
USE = """
    import ablage_client, ablage_client.exceptions, importlib.metadata
    from ablage_client import AblageClient, AsyncAblageClient
    from ablage_client.client import AblageClient as Same
    from ablage_client.exceptions import AblageAPIError
    from ablage_client.models import Document
    assert AblageClient is Same
    try:
        AblageClient("ak_test_x", "http://127.0.0.1:9", max_retries=0).documents.get("1")
    except AblageAPIError as error:
        print(error.status_code, importlib.metadata.version("ablage-client"))
"""


def run(*command: str | Path, folder: Path) -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ABLAGE", "PYTHON"))
    }
    ended = subprocess.run(
        [*map(str, command)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=patient(240),
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Wheels of ablage-sdk, ablage-client 2 and an old ablage-client, built from copies of the source."""
    folder = tmp_path_factory.mktemp("wheels")
    sdk, client, old = folder / "sdk", folder / "client", folder / "old"
    sdk.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sdk)
    ignore = shutil.ignore_patterns("__pycache__", "migrations")
    for package in ("ablage_sdk", "ablage_client_compat"):
        shutil.copytree(ROOT / package, sdk / package, ignore=ignore)
    shutil.copytree(SOURCE, client, ignore=ignore)
    (old / "ablage_client").mkdir(parents=True)
    (old / "pyproject.toml").write_text(OLD)
    (old / "ablage_client" / "__init__.py").write_text("raise RuntimeError('the old client')")
    (old / "ablage_client" / "transport.py").write_text("")
    built = {}
    for project in (sdk, client, old):
        run(
            uv(),
            "build",
            "--wheel",
            "--no-build-isolation",
            "--python",
            sys.executable,
            "--out-dir",
            folder / "dist" / project.name,
            project,
            folder=folder,
        )
        (built[project.name],) = (folder / "dist" / project.name).glob("*.whl")
    return built


def uv() -> Path:
    return Path(sys.executable).with_name("uv")


def test_the_new_release_replaces_the_old_package(wheels: dict[str, Path], tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    run(uv(), "venv", "--python", sys.executable, environment, folder=tmp_path)
    python = environment / "bin" / "python"
    install = (uv(), "pip", "install", "--quiet", "--python", python)
    run(*install, wheels["old"], folder=tmp_path)
    run(*install, "-U", wheels["client"], wheels["sdk"], folder=tmp_path)
    (tmp_path / "program.py").write_text(textwrap.dedent(USE))
    assert run(python, "program.py", folder=tmp_path) == f"None {__version__}\n"
    packages = (
        environment / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    )
    installed = {path.name for path in (packages / "ablage_client").iterdir()} - {"__pycache__"}
    assert installed == {"__init__.py", "client.py", "exceptions.py", "models.py", "py.typed"}
    # The shim alone runs the same program, with nothing installed under the old name.
    run(uv(), "pip", "uninstall", "--quiet", "--python", python, "ablage-client", folder=tmp_path)
    program = (
        (tmp_path / "program.py").read_text().replace('importlib.metadata.version("ablage-client")', '"-"')
    )
    (tmp_path / "program.py").write_text(program)
    assert run(python, "-m", "ablage_client_compat", "program.py", folder=tmp_path) == "None -\n"


def test_both_distributions_have_one_version() -> None:
    project = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    major = int(__version__.split(".")[0])
    assert project["dependencies"] == [f"ablage-sdk>={__version__.rpartition('.')[0]},<{major + 1}"]
