"""Generated requests against the published descriptions: no crash, no answer that is not described."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server_stub.testing import AblageServer

ROOT = Path(__file__).parents[2]
CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = "5"


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_generated_requests_find_nothing_undescribed(version: str) -> None:
    with AblageServer(worker_concurrency=0) as server:
        done = run(version, server, "--max-examples", EXAMPLES)
    assert done.returncode == 0, done.stdout[-8000:]


def run(version: str, server: AblageServer, *options: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"
    return subprocess.run(
        [
            program, "--config-file", str(CONFIG), "run", str(ROOT / "openapi" / f"{version}.json"),
            "--url", server.url,
            "--header", f"Authorization: Bearer {server.api_key}",
            "--generation-deterministic", "--no-color", "--continue-on-failure",
            "--suppress-health-check", "all",
            "--phases", "coverage,fuzzing,stateful",
            # Values that JSON Schema cannot tell from right ones are refused: a host that does not exist, an
            # idempotency key that was used for something else, an address that is taken.
            "--exclude-checks", "positive_data_acceptance",
            # Revoking the key that the tests run with would end them.
            "--exclude-operation-id", "revoke_api_key",
            *options,
        ],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
