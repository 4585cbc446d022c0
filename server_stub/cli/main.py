"""`ablage-server`: its commands, and what becomes of errors."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import NoReturn

import typer

from ablage_sdk import __version__
from server_stub.cli.serve import serve, worker
from server_stub.cli.stats import stats
from server_stub.runtime import StartupError
from server_stub.settings import SettingsError

app = typer.Typer(
    name="ablage-server",
    help="The Ablage reference server: API v1 and v2 over PostgreSQL, with text recognition.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve)
app.command()(worker)
for _name, _help in (
    ("users", "List, create and change users."),
    ("keys", "List, create and revoke API keys."),
    ("webhooks", "List webhooks and their deliveries; deliver again."),
    ("jobs", "Look at the queue; try failed jobs again."),
    ("db", "Migrate and check the database."),
):
    app.add_typer(import_module(f"server_stub.cli.{_name}").app, name=_name, help=_help)
app.command()(stats)


def _version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the release and exit."
    ),
) -> None:
    pass


def run() -> NoReturn:
    """Run the command line. What the user can put right is told in a line, without a traceback."""
    try:
        app()
    except (SettingsError, StartupError) as error:
        typer.secho(f"ablage-server: {error}", fg=typer.colors.RED, err=True)
        sys.exit(1)
    sys.exit(0)
