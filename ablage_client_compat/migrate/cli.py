"""The command line `ablage-migrate`."""

from __future__ import annotations

import json
import sys
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

__all__ = ["app"]

app = typer.Typer(
    name="ablage-migrate",
    help="Move programs, stored data and settings from AblageClient and API v1 to ablage_sdk and API v2.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Exit(IntEnum):
    """Exit codes."""

    DONE = 0
    WORK_LEFT = 1
    WRONG = 2


def fail(message: str) -> NoReturn:
    """End with a message for the user."""
    typer.echo(f"ablage-migrate: {message}", err=True)
    raise typer.Exit(Exit.WRONG)


def one_of(**modes: bool) -> str:
    """Return the chosen mode; the first one when none was chosen."""
    chosen = [name for name, on in modes.items() if on]
    if len(chosen) > 1:
        fail(f"choose one of {', '.join('--' + name for name in modes)}")
    return chosen[0] if chosen else next(iter(modes))


@app.command(
    epilog="Example: [bold]ablage-migrate code src tests --diff[/bold], then [bold]--write[/bold]. "
    "Exit code of --check: 0 nothing to do, 1 something to rewrite or a TODO(ablage) left, 2 a file could not be read."
)
def code(
    paths: Annotated[list[Path], typer.Argument(help="Python files and folders.", exists=True)],
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes (the default).")] = False,
    write: Annotated[bool, typer.Option("--write", help="Change the files.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 when something is to do.")] = False,
    asynchronous: Annotated[bool, typer.Option("--async", help="Move to AsyncAblageSDK as well.")] = False,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes; one per core.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Rewrite Python programs that use AblageClient, the old API or its names."""
    from ablage_client_compat.migrate import output, runner

    mode = one_of(diff=diff, write=write, check=check)
    with output.progress(quiet=as_json) as advance:
        summary = runner.migrate_code(paths, asynchronous=asynchronous, jobs=jobs, progress=advance)
    if mode == "diff" and not as_json:
        for result in summary.changed:
            typer.echo(runner.diff_of(result), nl=False)
    if mode == "write":
        for result in summary.changed:
            try:
                runner.write(result)
            except OSError as error:
                result.error = f"not written: {error.strerror}"
    if as_json:
        typer.echo(json.dumps(output.summary_as_json(summary), indent=2))
    else:
        output.print_summary(summary, mode)
    if summary.errors:
        raise typer.Exit(Exit.WRONG)
    if mode == "check" and (summary.changed or summary.marks):
        raise typer.Exit(Exit.WORK_LEFT)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog="Example: [bold]ablage-migrate run nightly_import.py --dry-run[/bold], or [bold]ablage-migrate run -m jobs.nightly[/bold]",
)
def run(context: typer.Context) -> None:
    """Run an unmodified old program on the new client: the same as [bold]python -m ablage_client_compat[/bold]."""
    import runpy

    if not context.args:
        fail("name the program: ablage-migrate run script.py args…")
    sys.argv = ["ablage_client_compat", *context.args]
    runpy.run_module("ablage_client_compat", run_name="__main__", alter_sys=True)


def read_json(path: Path) -> Any:  # JSON
    """Read a JSON file of the user's; a problem ends the program with a message."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    except ValueError as error:
        fail(f"{path} is not JSON: {error}")
