"""The hooks for pre-commit, run by pre-commit itself in a repository of somebody else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
OLD = "from ablage_client import AblageClient\n\nprint(AblageClient().documents.get('x').ocr_text)\n"
NEW = "from ablage_sdk import AblageSDK\n\nprint(AblageSDK().documents.get('x').extracted_text or \"\")\n"
CONFIG = """
repos:
  - repo: {repository}
    rev: {revision}
    hooks:
      - id: ablage-migrate-code
      - id: ablage-migrate-env
      - id: ablage-migrate-code-write
        stages: [manual]
"""
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Nothing of the person who runs the tests, and the versions that all other tests have."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "ABLAGE"))}
    return inherited | {
        "PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("hooks")),
        "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "tests",
        "GIT_AUTHOR_EMAIL": "tests@example.com",
        "GIT_COMMITTER_NAME": "tests",
        "GIT_COMMITTER_EMAIL": "tests@example.com",
    }


@pytest.fixture(scope="module")
def project(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that uses the hooks of this one."""
    hooks, project = tmp_path_factory.mktemp("ablage"), tmp_path_factory.mktemp("project")
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, hooks)
    for name in ("ablage_sdk", "ablage_client_compat", "server_stub"):
        shutil.copytree(ROOT / name, hooks / name, ignore=shutil.ignore_patterns("__pycache__"))
    revision = commit(hooks, environment)
    (project / ".pre-commit-config.yaml").write_text(CONFIG.format(repository=hooks, revision=revision))
    (project / "old.py").write_text(OLD)
    (project / "new.py").write_text(NEW)
    (project / ".env").write_text("MAX_FILE_SIZE=1048577\n")
    (project / "k8s").mkdir()
    (project / "k8s" / "server.yaml").write_text(
        "kind: ConfigMap\ndata:\n  OCR_ENGINE: auto\n  LEGACY_MODE: x\n"
    )
    (project / "k8s" / "other.yaml").write_text("kind: Service\n")
    commit(project, environment)
    return project


def git(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, environment: Mapping[str, str]) -> str:
    git(folder, environment, "init", "--quiet")
    git(folder, environment, "add", "--all")
    git(folder, environment, "commit", "--quiet", "--message", "Begin")
    return git(folder, environment, "rev-parse", "HEAD")


def run_hook(project: Path, environment: Mapping[str, str], hook: str, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", hook, "--all-files", "--color", "never", *options],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_hooks_find_and_rewrite_what_is_old(project: Path, environment: Mapping[str, str]) -> None:
    code, output = run_hook(project, environment, "ablage-migrate-code")
    assert code == 1, output
    assert "2 files read, 1 to change" in output

    code, output = run_hook(project, environment, "ablage-migrate-env")
    assert code == 1, output
    assert "k8s/server.yaml: OCR_ENGINE" in output
    assert ".env: MAX_FILE_SIZE" in output

    code, output = run_hook(project, environment, "ablage-migrate-code-write", "--hook-stage", "manual")
    assert code == 1, output  # pre-commit's word for "files were changed"
    assert (project / "old.py").read_text() == NEW

    code, output = run_hook(project, environment, "ablage-migrate-code")
    assert code == 0, output
