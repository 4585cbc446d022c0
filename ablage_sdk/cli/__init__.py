"""The command ``ablage``."""

from __future__ import annotations

import importlib.util
import sys

from ablage_sdk.cli._signals import take_signals

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    take_signals()
    if importlib.util.find_spec("typer") is None or importlib.util.find_spec("rich") is None:
        sys.exit("The command line needs two more packages; run: pip install 'ablage-sdk[cli]'")
    from ablage_sdk.cli.app import run  # noqa: PLC0415 - only when typer is there

    sys.exit(run())
