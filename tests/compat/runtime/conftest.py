"""Servers that speak one version or both, and programs of the old client."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from ablage_client_compat import AblageClient, AblageDeprecationWarning
from server_stub.testing import AblageServer
from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ablage_client_compat import Document

ROOT = Path(__file__).parents[3]
INVOICE = ROOT / "examples" / "documents" / "invoice.pdf"
BROKEN = ROOT / "examples" / "documents" / "broken.pdf"


class Run(Protocol):
    """Runs Python on a program; the exit code is the test's business."""

    def __call__(
        self, *arguments: str, program: str = "", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(autouse=True)
def _old_names_are_fine() -> None:
    warnings.filterwarnings("ignore", category=AblageDeprecationWarning)


@pytest.fixture(scope="session", params=["1,2", "1", "2"], ids=["v1+v2", "only v1", "only v2"])
def any_server(request: pytest.FixtureRequest) -> Iterator[AblageServer]:
    """Each kind of server in turn."""
    with AblageServer(api_versions=request.param) as running:
        yield running


@pytest.fixture
def client(any_server: AblageServer) -> Iterator[AblageClient]:
    """An old client of each kind of server."""
    with AblageClient(any_server.api_key, any_server.url) as old:
        yield old


@pytest.fixture(scope="session")
def done(any_server: AblageServer) -> Document:
    """An invoice that has been recognised; tests only read it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AblageDeprecationWarning)
        with AblageClient(any_server.api_key, any_server.url) as old:
            uploaded = old.documents.upload(INVOICE, tags=["a", "b"], metadata={"n": 1, "deep": {"x": [1.5]}})
            return old.documents.wait_for_completion(uploaded.id)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs Python in an empty folder; ``program`` is written to ``program.py`` first."""

    def run_python(
        *arguments: str, program: str = "", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / "program.py").write_text(textwrap.dedent(program), encoding="utf-8")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ABLAGE")}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**inherited, "PYTHONPATH": str(ROOT), **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=patient(120),
        )

    return run_python
