"""`ablage-server`: its commands, and what becomes of errors.

Only the module of the command that is called is imported, and such a module imports what is heavy when its
command runs: ``--help``, of anything, and ``--version`` answer at once.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

import typer

from ablage_sdk import __version__

#: Name → module, attribute (a function, or a group of commands), and what the list of commands says of it.
COMMANDS = {
    "serve": (
        "serve",
        "serve",
        "Run the server until Ctrl-C. At the first start it prints an admin API key, once.",
    ),
    "worker": ("serve", "worker", "Recognise documents until Ctrl-C, beside any number of servers."),
    "users": ("users", "app", "List, create and change users."),
    "keys": ("api_keys", "app", "List, create and revoke API keys."),
    "webhooks": ("webhooks", "app", "List webhooks and their deliveries; deliver again."),
    "jobs": ("jobs", "app", "Look at the queue; try failed jobs again; delete stray files."),
    "db": ("db.app", "app", "Migrate and check the database."),
    "stats": ("stats", "stats", "Print how much of everything there is."),
}


def application(*called: str) -> typer.Typer:
    """Return the command line.

    Args:
        called: Names of the commands that can be run; the others are only listed.
    """
    app = typer.Typer(
        name="ablage-server",
        help="The Ablage reference server: API v1 and v2 over PostgreSQL, with text recognition.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name, (module, attribute, text) in COMMANDS.items():
        if name not in called:
            app.command(name, help=text)(_listed)
            continue
        found = getattr(import_module(f"server_stub.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, help=text)
        else:
            app.command(name)(found)
    return app


def _listed() -> None:
    """Stand for a command that was not called."""


def _version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the release and exit."
    ),
) -> None:
    pass


def _called() -> list[str]:
    """Return the command on the command line; a shell that completes one may ask for any."""
    if "_ABLAGE_SERVER_COMPLETE" in os.environ:
        return list(COMMANDS)
    return [argument for argument in sys.argv[1:] if not argument.startswith("-")][:1]


def run() -> NoReturn:
    """Run the command line. What the user can put right is told in a line, without a traceback."""
    app = application(*_called())
    try:
        app()
    except Exception as error:
        # The command has imported them; without one there is nothing to go wrong.
        from server_stub.errors import OperatorError

        if not isinstance(error, OperatorError):
            raise
        typer.secho(f"ablage-server: {error}", fg=typer.colors.RED, err=True)
        sys.exit(1)
    sys.exit(0)
