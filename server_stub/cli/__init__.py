"""The command `ablage-server`."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command line. Ctrl-C and ``kill`` end it, also where a shell in the background ignores them."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
    from server_stub.cli.main import run  # `ablage-server --help` for it loads enough

    run()
