"""Runs old programs as they are, and as the codemod rewrites them, against the real server."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from server_stub.testing import AblageServer

PROGRAMS = Path(__file__).parent / "programs"
TEXTS = {
    "invoice.pdf": "Rechnung Nr. 4711 der Mustermann GmbH",
    "contract.pdf": "Vertrag zwischen A und B",
}
_VARYING = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?|/[^\s'\"]*/pytest-[^\s'\"]*"
)


@dataclass(frozen=True)
class Outcome:
    """What a program did: its output without ids and times, its exit code, and the files it wrote."""

    code: int
    output: str
    files: Mapping[str, bytes]
    errors: str


class RunProgram(Protocol):
    """Runs a program in a folder of its own, as a user of its own."""

    def __call__(self, name: str, command: list[str]) -> Outcome: ...


@pytest.fixture(scope="session")
def documents(make_pdf: Callable[[str], bytes]) -> dict[str, bytes]:
    """The files that every program gets, the same for both runs."""
    return {name: make_pdf(text) for name, text in TEXTS.items()}


@pytest.fixture
def run_program(server: AblageServer, tmp_path: Path, documents: dict[str, bytes]) -> RunProgram:
    def run(name: str, command: list[str]) -> Outcome:
        folder = tmp_path / name
        folder.mkdir()
        for file, content in documents.items():
            (folder / file).write_bytes(content)
        email, password = f"{secrets.token_hex(8)}@example.com", secrets.token_urlsafe(16)
        with server.sdk() as admin:
            admin.users.create(email, password, roles=["user"])
        with server.sdk(api_key=None) as user:
            user.auth.login(email, password)
            key = user.api_keys.create("corpus").key
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("ABLAGE", "OCR", "REDIS"))
            },
            "ABLAGE_BASE_URL": server.url,
            "ABLAGE_API_KEY": key,
            "ABLAGE_ADMIN_KEY": server.api_key,
            "ABLAGE_EMAIL": email,
            "ABLAGE_PASSWORD": password,
            "PYTHONHASHSEED": "0",
        }
        done = subprocess.run(
            [sys.executable, *command, *TEXTS],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=patient(240),
            check=False,
        )
        written = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in {*TEXTS, "log.txt"}
        }
        return Outcome(done.returncode, _VARYING.sub("<…>", done.stdout), written, done.stderr)

    return run
