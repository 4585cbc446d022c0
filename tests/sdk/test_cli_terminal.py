"""The command `ablage` on a terminal: bars, tables, questions, Ctrl-C."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server_stub.testing import AblageServer

    Open = Callable[..., "Terminal"]


#: Passwords are read from the terminal that a process belongs to, which also tells it of Ctrl-C.
PROGRAM = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from ablage_sdk.cli import main
main()
"""


@dataclass
class Terminal:
    """A command with a terminal of its own, 120 columns wide."""

    process: subprocess.Popen[bytes]
    screen: int
    shown: bytes = field(default=b"")

    def until(self, words: str) -> None:
        """Read until something is shown."""
        while words not in self.text:
            assert self._read(), self.text

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self.screen, text.encode())

    def end(self) -> int:
        """Read to the end; return the exit code."""
        while self._read():
            pass
        return self.process.wait(30)

    @property
    def text(self) -> str:
        """What was shown, without colours and movements."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.shown.decode(errors="replace"))

    def _read(self) -> bool:
        try:
            data = os.read(self.screen, 1 << 16)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.shown += data
        return bool(data)


@pytest.fixture
def terminal(server: AblageServer, tmp_path: Path) -> Open:
    """Runs the command on a terminal."""

    def run(*arguments: object) -> Terminal:
        screen, inside = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *map(str, arguments)],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            env={
                "PATH": os.environ["PATH"],
                "TERM": "xterm",
                "COLUMNS": "120",
                "ABLAGE_BASE_URL": server.url,
                "ABLAGE_API_KEY": server.api_key,
                "ABLAGE_CONFIG": str(tmp_path / "config.json"),
            },
        )
        os.close(inside)
        return Terminal(process, screen)

    return run


def test_an_upload_has_a_bar_and_a_line_for_each_file(terminal: Open, invoice: Path) -> None:
    shown = terminal("upload", "--wait", invoice)
    assert shown.end() == 0
    assert "Uploading" in shown.text
    assert re.search(r"45\.5.*kB", shown.text)
    assert f"completed\t{invoice}" in shown.text.replace("  ", "\t")


def test_a_command_is_interrupted_in_the_middle(terminal: Open, tmp_path: Path, server: AblageServer) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.write(b"%PDF-1.4\n")
        file.truncate(45 << 20)
    with server.faults.delay(10, on="POST */documents/upload"):
        shown = terminal("upload", large)
        shown.until("MB")
        shown.type("\x03")
        assert shown.end() == 130
    assert shown.text.rstrip().endswith("ablage: interrupted")
    assert "Traceback" not in shown.text


def test_tables_show_names_as_they_are(terminal: Open, server: AblageServer, invoice: Path) -> None:
    tag = uuid.uuid4().hex
    with server.sdk() as sdk:
        document = sdk.documents.upload_and_wait(invoice, filename="[bold]a.pdf", tags=[tag])
    shown = terminal("list", "--tag", tag)
    assert shown.end() == 0
    assert "[bold]a.pdf" in shown.text
    shown = terminal("get", document.id)
    assert shown.end() == 0
    assert "`ablage text` prints them" in shown.text
    assert "bbox" not in shown.text
    shown = terminal("delete", document.id)
    shown.until("Delete 1 document?")
    shown.type("y\n")
    assert shown.end() == 0
    shown = terminal("list", "--tag", tag)
    assert (shown.end(), shown.text.strip()) == (0, "There are none.")


def test_a_password_is_asked_for_and_not_shown(terminal: Open) -> None:
    shown = terminal("login", "--email", "nobody@example.org")
    shown.until("Password: ")  # the last space comes when the keys are not shown any more
    shown.type("s3cr3t\n")
    assert shown.end() == 3
    assert "s3cr3t" not in shown.text
    assert "password is wrong" in shown.text
