"""The commands, and what errors look like."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer

from ablage_sdk import (
    AblageError,
    APIConnectionError,
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    WaitTimeoutError,
    __version__,
)
from ablage_sdk.cli import account, documents, manage
from ablage_sdk.cli._context import Context
from ablage_sdk.cli._output import say

__all__ = ["app", "run"]

app: typer.Typer = typer.Typer(
    name="ablage",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done · 1 something failed · 2 wrong usage · 3 not allowed · 4 not found · "
    "5 server not reachable · 6 not done in time",
)
documents.add_to(app)
account.add_to(app)
manage.add_to(app)


def _version(value: bool) -> None:
    if value:
        print(f"ablage {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    base_url: Annotated[str | None, typer.Option(help="Address of the server (or ABLAGE_BASE_URL)")] = None,
    api_key: Annotated[str | None, typer.Option(help="API key (or ABLAGE_API_KEY)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object per line")] = False,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the release")
    ] = False,
) -> None:
    """Put documents into an Ablage archive, and get their text out.

    Example: ablage upload --wait *.pdf && ablage search Rechnung
    """
    context.obj = Context(base_url, api_key, as_json)


#: What shells expect of a command that was interrupted.
_INTERRUPTED = 130
#: Exit code of each kind of error, the more special one first.
_CODES: tuple[tuple[type[AblageError], int], ...] = (
    (ConfigurationError, 2),
    (AuthenticationError, 3),
    (PermissionDeniedError, 3),
    (NotFoundError, 4),
    (WaitTimeoutError, 6),
    (APIConnectionError, 5),
)


def exit_code(error: AblageError) -> int:
    """Return the exit code for an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), 1)


def _is_unknown(error: AblageError) -> bool:
    """Tell whether logging in would help: not while somebody is at it."""
    if isinstance(error, AuthenticationError):
        return not error.message.startswith("auth.login")
    return isinstance(error, ConfigurationError) and error.message.startswith("no API key")


def run() -> int:
    """Run the command line; return its exit code."""
    handler = logging.StreamHandler()  # says why nothing happens, between attempts
    handler.setFormatter(logging.Formatter("ablage: %(message)s"))
    logging.getLogger("ablage_sdk").addHandler(handler)
    try:
        result = app(standalone_mode=False)
    except AblageError as exc:
        say(f"ablage: {exc}")
        for note in getattr(exc, "__notes__", ()):
            say(f"  {note}")
        if _is_unknown(exc):
            say("  Log in with `ablage login`, or set ABLAGE_API_KEY.")
        return exit_code(exc)
    except typer.Abort:
        say("ablage: not confirmed; nothing was done")
        return _INTERRUPTED
    except KeyboardInterrupt:
        result = _INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has enough; nothing may be written at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as exc:
        # Wrong usage. Its class is click's, or that of the copy of click inside newer releases of typer.
        show, code = getattr(exc, "show", None), getattr(exc, "exit_code", None)
        if show is None or not isinstance(code, int):
            raise
        show()
        return code
    if result == _INTERRUPTED:
        say("ablage: interrupted")
    return result if isinstance(result, int) else 0
