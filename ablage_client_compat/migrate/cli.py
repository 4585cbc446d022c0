"""The command line `ablage-migrate`."""

from __future__ import annotations

import json
import signal
import sys
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

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


class ApiVersion(StrEnum):
    """Versions of the API."""

    v1 = "v1"
    v2 = "v2"


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
    "Exit code of --check: 0 nothing to do, 1 something to rewrite or a TODO(ablage) left, "
    "2 a file could not be read."
)
def code(
    paths: Annotated[list[Path], typer.Argument(help="Python files and folders.", exists=True)],
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes (the default).")] = False,
    write: Annotated[bool, typer.Option("--write", help="Change the files.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 when something is to do.")
    ] = False,
    asynchronous: Annotated[bool, typer.Option("--async", help="Move to AsyncAblageSDK as well.")] = False,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes; one per core.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Rewrite Python programs that use AblageClient, the old API or its names."""
    from ablage_client_compat.migrate import output
    from ablage_client_compat.migrate.code import runner

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
    epilog="Example: [bold]ablage-migrate data exports/*.jsonl --write[/bold]. "
    "Backups are kept beside the files (.bak). "
    "Exit code of --check: 0 everything is converted, 1 something is to convert, 2 a file cannot be read."
)
def data(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="JSON, JSON lines, browser stores, or pickles of the old SDK.", exists=True, dir_okay=False
        ),
    ],
    to: Annotated[ApiVersion, typer.Option(help="API version wanted.")] = ApiVersion.v2,
    write: Annotated[bool, typer.Option("--write", help="Write the result.")] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Change nothing; exit 1 when something is to do (the default changes nothing either).",
        ),
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file instead; of one file.")
    ] = None,
    store_version: Annotated[
        int | None, typer.Option(min=0, max=2, help="Version of a browser's store wanted.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Convert saved documents, users and webhooks between API v1 and v2, without losing anything."""
    from ablage_client_compat.migrate import output as shown
    from ablage_client_compat.migrate.data.convert import convert_file

    if output is not None and len(files) > 1:
        fail("--output takes one file; leave it out to convert several in place")
    if write and check:
        fail("choose one of --write, --check")
    # So that no half-written file stays behind.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with shown.reading(files, quiet=as_json) as follow:
        results = [
            convert_file(
                path,
                to.value,
                write=write or output is not None,
                output=output,
                store_version=store_version,
                follow=follow,
            )
            for path in files
        ]
    shown.print_data(results, written=write or output is not None, as_json=as_json)
    if any(result.error for result in results):
        raise typer.Exit(Exit.WRONG)
    if check and any(result.changed for result in results):
        raise typer.Exit(Exit.WORK_LEFT)


@app.command(
    epilog="Example: [bold]ablage-migrate env .env docker-compose.yml --diff[/bold], "
    "then [bold]--write[/bold]. "
    "Exit code of --check: 0 nothing to do, 1 something to change or to decide, 2 a file cannot be read."
)
def env(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files with settings; those of this folder when left out.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes (the default).")] = False,
    write: Annotated[bool, typer.Option("--write", help="Change the files, keeping backups.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 when something is to do.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Rename and convert settings in .env, docker-compose and Kubernetes files."""
    from ablage_client_compat.migrate import output
    from ablage_client_compat.migrate.env.files import find_config, migrate_config, write_config

    mode = one_of(diff=diff, write=write, check=check)
    paths = files or find_config(Path())
    if not paths:
        fail("there is no .env or docker-compose file in this folder; name the files")
    results = [migrate_config(path) for path in paths]
    if mode == "write":
        for result in results:
            if result.changed:
                try:
                    write_config(result)
                except OSError as error:
                    result.error = f"not written: {error.strerror}"
    output.print_config(results, mode, as_json=as_json)
    if any(result.error for result in results):
        raise typer.Exit(Exit.WRONG)
    if mode == "check" and any(result.changed or result.problems for result in results):
        raise typer.Exit(Exit.WORK_LEFT)


@app.command(
    epilog="Example: [bold]ABLAGE_COMPAT_REPORT=uses.json python nightly.py; "
    "ablage-migrate report uses.json[/bold]"
)
def report(
    file: Annotated[
        Path, typer.Argument(help="Written by a program that ran with ABLAGE_COMPAT_REPORT=file.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the uses as JSON.")] = False,
) -> None:
    """Show where a program used the old client: file, line, how often, and what to write instead."""
    from ablage_client_compat.migrate import output
    from ablage_client_compat.report_file import read

    try:
        uses = read(file)
    except OSError as error:
        fail(f"{file}: {error.strerror}; run the program with ABLAGE_COMPAT_REPORT={file} first")
    except ValueError as error:
        fail(str(error))
    output.print_report(uses, as_json=as_json)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog="Example: [bold]ablage-migrate run nightly_import.py --dry-run[/bold], "
    "or [bold]ablage-migrate run -m jobs.nightly[/bold]",
)
def run(context: typer.Context) -> None:
    """Run an unmodified old program, as [bold]python -m ablage_client_compat[/bold] does."""
    import runpy

    if not context.args:
        fail("name the program: ablage-migrate run script.py args…")
    sys.argv = ["ablage_client_compat", *context.args]
    runpy.run_module("ablage_client_compat", run_name="__main__", alter_sys=True)
