"""A shell to start `ablage-server` from."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server_stub.storage.embedded import EmbeddedPostgres
from tests.e2e.processes import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def shell() -> Iterator[Shell]:
    # Not tmp_path: when root runs the tests, PostgreSQL runs as another user, to whom pytest closes that.
    directory = Path(tempfile.mkdtemp(prefix="ablage-e2e-"))
    directory.chmod(0o711)
    shell = Shell(directory)
    yield shell
    for process in shell.started:
        if process.popen.poll() is None:
            process.kill()
        if process.popen.stdout is not None:
            process.popen.stdout.close()
    if (directory / "postgres").exists():
        postgres = EmbeddedPostgres(directory / "postgres")
        postgres.start()  # attach to what a killed server left running, to stop it
        postgres.stop()
    shutil.rmtree(directory, ignore_errors=True)
