"""What keeps tests apart from each other, and from what goes on beside them."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# A shell in the background starts its commands with Ctrl-C ignored, and programs hand that on.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give a test as long as this machine needs."""
    if not os.environ.get("PYTEST_TIMEOUT"):
        os.environ["PYTEST_TIMEOUT"] = str(round(patient(float(config.getini("timeout")))))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which tests failed."""
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """End what a failed test left running: others count processes, and wait for ports and locks."""
    try:
        yield
    finally:
        if item.stash.get(FAILED, False):
            end_leftovers(item.nodeid)


#: In the command line of the PostgreSQL that a test process starts once, for all its tests.
_SHARED = "ablage-testing-"


def started_by(test: str) -> Iterator[psutil.Process]:
    """Yield the processes that a test started and that still run, whoever their parent is by now.

    Args:
        test: Its node id, which pytest gives to processes as ``PYTEST_CURRENT_TEST`` while it runs.
    """
    own = psutil.Process().pid
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            inherited = process.environ().get("PYTEST_CURRENT_TEST", "")
            if process.pid != own and inherited == f"{test} (call)" and not _is_shared(process):
                yield process


def _is_shared(process: psutil.Process) -> bool:
    line = " ".join(process.cmdline())
    return _SHARED in line or line.startswith("postgres:")


def end_leftovers(test: str) -> None:
    """End what a test started."""
    for process in started_by(test):
        with contextlib.suppress(psutil.Error):
            process.kill()
