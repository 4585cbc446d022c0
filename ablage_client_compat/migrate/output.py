"""What `ablage-migrate` shows: progress, and what came of each command."""

from __future__ import annotations

import difflib
import json
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ablage_client_compat.migrate.code.runner import Summary
    from ablage_client_compat.migrate.data.convert import Converted
    from ablage_client_compat.migrate.env.files import ConfigFile
    from ablage_client_compat.warnings import Use

__all__ = [
    "print_config",
    "print_data",
    "print_report",
    "print_summary",
    "progress",
    "reading",
    "summary_as_json",
]

_WORDS = {"diff": "would change", "check": "to change", "write": "changed"}


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """Show a progress bar on a terminal, nothing otherwise."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with _bar(MofNCompleteColumn()) as bar:
        task = bar.add_task("files", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def reading(paths: Iterable[Path], *, quiet: bool = False) -> Iterator[Callable[[BinaryIO], IO[bytes]]]:
    """Show on a terminal how many bytes of some files were read through what this turns an open file into."""
    if quiet or not sys.stderr.isatty():
        yield lambda file: file
        return
    with _bar(DownloadColumn()) as bar:
        task = bar.add_task("bytes", total=sum(path.stat().st_size for path in paths))
        yield lambda file: bar.wrap_file(file, task_id=task)


def _bar(amount: ProgressColumn) -> Progress:
    return Progress(
        TextColumn("Reading"),
        BarColumn(),
        amount,
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def print_summary(summary: Summary, mode: str) -> None:
    """Print what was rewritten, what is left to a person, and what could not be read."""
    console = Console(highlight=False, soft_wrap=True)
    if summary.results:
        print_table(console, summary)
    for result in summary.results:
        for mark in result.marks:
            console.print(f"{result.path}:{mark.line}: {mark.reason}", markup=False)
    for result in summary.errors:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"{result.path}: {result.error}", markup=False
        )
    console.print(
        f"{summary.scanned} files read, {len(summary.changed)} {_WORDS[mode]}, "
        f"{sum(summary.counts.values())} rewrites, {summary.marks} left to you (TODO(ablage))."
    )


def print_table(console: Console, summary: Summary) -> None:
    """Print how often each name was rewritten."""
    counts = summary.counts
    if not counts:
        return
    rows = table("Rewritten", "Times")
    for name, number in counts.most_common():
        rows.add_row(name, str(number))
    console.print(rows)


def table(*columns: str) -> Table:
    """Return an empty table; the last column is right-aligned."""
    result = Table(box=None, pad_edge=False)
    for column in columns[:-1]:
        result.add_column(column)
    result.add_column(columns[-1], justify="right")
    return result


def summary_as_json(summary: Summary) -> dict[str, object]:
    """Return the summary as JSON."""
    return {
        "scanned": summary.scanned,
        "changed": [str(result.path) for result in summary.changed],
        "rewrites": dict(summary.counts.most_common()),
        "todos": [
            {"file": str(result.path), "line": mark.line, "reason": mark.reason}
            for result in summary.results
            for mark in result.marks
        ],
        "errors": {str(result.path): result.error for result in summary.errors},
    }


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False)


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def print_data(results: Sequence[Converted], *, written: bool, as_json: bool) -> None:
    """Print what became of files with data."""
    if as_json:
        _print_json(
            [
                {
                    "file": str(result.path),
                    "output": str(result.output),
                    "changed": dict(result.changed),
                    "unchanged": result.unchanged,
                    "backup": str(result.backup) if result.backup else None,
                    "error": result.error or None,
                }
                for result in results
            ]
        )
        return
    for result in results:
        if result.error:
            _console(stderr=True).print(f"{result.path}: {result.error}")
            continue
        what = ", ".join(
            f"{number} {kind}{'s' if number != 1 else ''}" for kind, number in result.changed.items()
        )
        verb = "converted" if written else "to convert"
        where = f" → {result.output}" if written and result.output != result.path else ""
        backup = f" (backup: {result.backup})" if result.backup else ""
        _console().print(
            f"{result.path}{where}: {what or 'nothing'} {verb}, {result.unchanged} left as they are{backup}"
        )


def print_config(results: Sequence[ConfigFile], mode: str, *, as_json: bool) -> None:
    """Print what became of files with settings."""
    if as_json:
        _print_json(
            [
                {
                    "file": str(result.path),
                    "changed": result.changed,
                    "notes": result.notes,
                    "problems": result.problems,
                    "backup": str(result.backup) if result.backup else None,
                    "error": result.error or None,
                }
                for result in results
            ]
        )
        return
    for result in results:
        if mode == "diff":
            lines = difflib.unified_diff(
                result.old.splitlines(keepends=True),
                result.new.splitlines(keepends=True),
                f"a/{result.path}",
                f"b/{result.path}",
            )
            sys.stdout.writelines(line if line.endswith("\n") else f"{line}\n" for line in lines)
        for note in result.notes:
            _console().print(f"{result.path}: {note}")
        for problem in (*result.problems, *([result.error] if result.error else [])):
            _console(stderr=True).print(f"{result.path}: {problem}")
        if result.backup is not None:
            _console().print(f"{result.path}: changed; backup: {result.backup}")
        elif not (result.notes or result.problems or result.error):
            _console().print(f"{result.path}: nothing to do")


def _place(use: Use) -> str:
    """Return where a use is: below the current folder by the shorter name, which editors open as well."""
    path = Path(use.file)
    name = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"{name}:{use.line}" if use.line else str(name)


def print_report(uses: Sequence[Use], *, as_json: bool) -> None:
    """Print the uses of the old client, the most frequent first."""
    if as_json:
        _print_json([asdict(use) for use in uses])
        return
    if not uses:
        _console().print("The old client was not used.")
        return
    for use in sorted(uses, key=lambda use: (-use.count, use.file, use.line)):
        times = "once" if use.count == 1 else f"{use.count} times"
        _console().print(f"{_place(use)}: {use.name}, {times}. {use.replacement}")
    names = len({use.name for use in uses})
    _console().print(f"{len(uses)} place(s), {names} old name(s): `ablage-migrate code` rewrites them.")
