"""Commands that were started with signals ignored, as a shell does with what runs in the background."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent


@contextmanager
def inherited_by_children(number: signal.Signals) -> Iterator[None]:
    """Ignore a signal in this process, and so in what it starts meanwhile."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


def _ignored(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigIgn"))
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system tells no signals of a process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["ablage", "ablage-server"])
def test_a_command_ends_at_ctrl_c_and_kill_whatever_it_inherited(
    command: str, number: signal.Signals
) -> None:
    with ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))  # nobody ever answers there
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        waits = {
            "ablage": ["--base-url", address, "--api-key", "ak_test_x", "list"],
            "ablage-server": ["users", "create", "ada@example.org"],  # for a password
        }
        with inherited_by_children(number):
            process = subprocess.Popen(
                [BIN / command, *waits[command]],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        stack.enter_context(process)
        stack.callback(process.kill)
        until(lambda: not _ignored(process.pid, number), "it listens to the signal", timeout=30)
        process.send_signal(number)
        assert process.wait(timeout=patient(30)) != 0
