"""The OpenAPI documents: committed, current, and what the server serves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

FOLDER = Path(__file__).parents[2] / "openapi"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_committed_document_is_served(http: httpx.Client, version: str) -> None:
    served = http.get(f"/api/{version}/openapi.json").json()
    assert served == json.loads((FOLDER / f"{version}.json").read_text()), (
        "If the change is meant, run: python -m server_stub.api openapi"
    )


def test_the_check_notices_a_change(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.json"):
        (tmp_path / path.name).write_text(path.read_text())
    check = [sys.executable, "-m", "server_stub.api", "--check", str(tmp_path)]
    assert subprocess.run(check, check=False).returncode == 0
    (tmp_path / "v1.json").write_text("{}")
    changed = subprocess.run(check, check=False, capture_output=True, text=True)
    assert changed.returncode == 1
    assert "v1.json" in changed.stderr


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_operation_describes_its_answers_and_errors(version: str) -> None:
    document = json.loads((FOLDER / f"{version}.json").read_text())
    names = []
    for operations in document["paths"].values():
        for operation in operations.values():
            names.append(operation["operationId"])
            assert operation["description"]
            assert {"4XX", "5XX"} <= operation["responses"].keys()
            assert any(status.startswith("2") for status in operation["responses"])
    assert len(names) == len(set(names))
