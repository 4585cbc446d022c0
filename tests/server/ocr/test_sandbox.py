"""The limits of the process that reads documents, tried from inside: what they forbid fails."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from server_stub.ocr.limits import MAX_MEMORY_BYTES

if TYPE_CHECKING:
    from pathlib import Path


def inside(code: str, *arguments: object, cpu_seconds: int = 20) -> subprocess.CompletedProcess[str]:
    """Run some code in a process that has limited itself as the one that reads documents does."""
    script = textwrap.dedent(
        f"""
        import os, resource, signal, socket, subprocess, sys, threading, time
        import numpy
        from server_stub.ocr import sandbox
        sandbox.enter(cpu_seconds={cpu_seconds}, parent=os.getppid())
        """
    ) + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_nothing_can_be_connected_to(family: socket.AddressFamily) -> None:
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.socket(family) as listening:
        try:
            listening.bind((host, 0))
        except OSError:
            assert family == socket.AF_INET6, "this machine has no IPv6; it has IPv4"
            return
        listening.listen()
        listening.setblocking(False)  # noqa: FBT003 - its only argument
        port = listening.getsockname()[1]
        code = """
            try:
                socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
            except OSError as error:
                print("refused", error.errno)
            """
        done = inside(code, host, port)
        assert done.stdout.startswith("refused"), done
        with pytest.raises(BlockingIOError):
            listening.accept()
        program = f"import socket; socket.create_connection(({host!r}, {port}), timeout=5)"
        started = inside("sys.exit(subprocess.call([sys.executable, '-c', sys.argv[1]]))", program)
        assert started.returncode == 1
        assert "OSError" in started.stderr or "PermissionError" in started.stderr, started
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_no_name_can_be_looked_up_and_nothing_listened_for() -> None:
    code = """
        for work in (
            lambda: socket.getaddrinfo("example.org", 80),
            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
        ):
            try:
                work()
                print("possible")
            except OSError:
                print("impossible")
        """
    assert inside(code).stdout.split() == ["impossible"] * 2


def test_memory_has_a_limit() -> None:
    code = """
        try:
            numpy.ones(int(sys.argv[1]), dtype="u1")
        except MemoryError:
            print("no more")
        """
    assert inside(code, MAX_MEMORY_BYTES).stdout == "no more\n"
    assert inside(code, MAX_MEMORY_BYTES // 8).stdout == ""


def test_processor_time_has_a_limit() -> None:
    begun = time.monotonic()
    done = inside("while True: pass", cpu_seconds=1)
    assert done.returncode == -signal.SIGXCPU
    assert time.monotonic() - begun < 60


def test_nothing_can_be_written_and_few_files_opened(tmp_path: Path) -> None:
    target = tmp_path / "written"
    code = """
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            with open(sys.argv[1], "wb") as file:
                file.write(b"x")
        except OSError:
            print("nothing")
        files = []
        try:
            while True:
                files.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            print("few", len(files) < 64)
        """
    assert inside(code, target).stdout == "nothing\nfew True\n"
    assert not target.exists() or target.stat().st_size == 0


def test_the_limits_cannot_be_raised_again() -> None:
    code = """
        if os.getuid() == 0:
            os.setresuid(65534, 65534, 65534)
        for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
            try:
                resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                print("raised")
            except (ValueError, OSError):
                print("kept")
        """
    assert inside(code).stdout.split() == ["kept"] * 4


def test_it_ends_with_its_parent() -> None:
    code = "print(os.getpid(), flush=True); time.sleep(100)"
    outer = textwrap.dedent(
        """
        import os, subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
        child.wait()
        """
    )
    script = (
        "import os, time; from server_stub.ocr import sandbox;"
        "sandbox.enter(cpu_seconds=20, parent=os.getppid());" + code
    )
    with subprocess.Popen([sys.executable, "-c", outer, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        end = time.monotonic() + 30
        while exists(child):
            assert time.monotonic() < end, "it lives on"
            time.sleep(0.02)


def exists(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - a file of the kernel
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
    finally:
        os.sched_yield()
