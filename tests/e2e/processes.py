"""`ablage-server` in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMAND = Path(sys.executable).with_name("ablage-server")


@dataclass
class Process:
    """A running `ablage-server`."""

    popen: subprocess.Popen[str]
    log: Path
    told: dict[str, object]

    @property
    def url(self) -> str:
        return str(self.told["url"])

    def kill(self) -> None:
        """End it and what it started as a crash would, without a chance to clean up."""
        children = psutil.Process(self.popen.pid).children(recursive=True)
        self.popen.kill()
        self.popen.wait(patient(60))
        psutil.wait_procs(children, timeout=patient(30))  # recognisers notice that their parent is gone

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.popen.send_signal(signal.SIGINT)
        return self.popen.wait(patient(120))

    def terminate(self) -> int:
        """Stop it as a service manager does and return the exit code."""
        self.popen.terminate()
        return self.popen.wait(patient(120))


class Shell:
    """Starts `ablage-server` with a data directory, and ends what is left."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.started: list[Process] = []
        self.environment = {
            name: value
            for name, value in os.environ.items()
            # Without compiled modules every start would take seconds longer.
            if not name.startswith(("ABLAGE_", "DATABASE_")) and name != "PYTHONDONTWRITEBYTECODE"
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments],
            env={**self.environment, "ABLAGE_DATA_DIR": str(self.data_dir), **environment},
            cwd=self.data_dir,
            capture_output=True,
            text=True,
            timeout=patient(180),
            check=False,
        )

    def popen(
        self, *arguments: str, program: Sequence[str | Path] = (COMMAND,), **environment: str
    ) -> Process:
        log = self.data_dir / f"log-{len(self.started)}.txt"
        with log.open("w") as errors:
            popen = subprocess.Popen(
                [*program, *arguments],
                env={
                    **self.environment,
                    "ABLAGE_DATA_DIR": str(self.data_dir),
                    "ABLAGE_JOB_STALLED_SECONDS": "3",
                    **environment,
                },
                cwd=self.data_dir,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        process = Process(popen, log, {})
        self.started.append(process)
        return process

    def serve(self, *arguments: str, **environment: str) -> Process:
        process = self.popen("serve", "--port", "0", "--json", *arguments, **environment)
        assert process.popen.stdout is not None
        line = process.popen.stdout.readline()
        assert line, f"the server did not start: {process.log.read_text()}"
        process.told = json.loads(line)
        return process
