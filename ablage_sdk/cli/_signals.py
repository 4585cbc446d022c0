"""Signals as a command expects them, whatever started it."""

from __future__ import annotations

import signal

__all__ = ["take_signals"]


def take_signals() -> None:
    """Let Ctrl-C and ``kill`` end this process: a shell may leave its background jobs deaf."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
