"""The command `ablage-migrate`: old code, stored data and settings become new.

Nothing heavy is imported here: LibCST, typer and rich load when the command runs.
"""

from __future__ import annotations

__all__ = ["main"]

_EXTRA = "ablage-migrate needs some more packages: pip install 'ablage-sdk[migrate]'"


def main() -> None:
    """Run the command line."""
    from ablage_sdk.cli._signals import take_signals

    take_signals()
    try:
        from ablage_client_compat.migrate.cli import app
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"typer", "rich", "libcst", "ruamel"}:
            raise
        raise SystemExit(_EXTRA) from None
    app()
