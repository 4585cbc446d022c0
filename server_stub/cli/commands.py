"""Groups of commands, and what commands raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from server_stub.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


class CommandError(OperatorError):
    """A command cannot do what was asked for; the message says why and what to do."""


def group(
    commands: Mapping[str, Callable[..., None]], *, text: str | None = None, signed: Collection[str] = ()
) -> typer.Typer:
    """Return a group of commands.

    Args:
        commands: The commands by name.
        text: What its help says above them.
        signed: Commands that take something like ``-1``, which is no option.
    """
    app = typer.Typer(
        help=text,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name, command in commands.items():
        app.command(name, context_settings={"ignore_unknown_options": name in signed})(command)
    return app
