"""The command `ablage-server`."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from server_stub.cli.main import run  # `ablage-server --help` for it loads enough

    run()
