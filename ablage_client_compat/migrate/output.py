"""What the command line shows: progress, and the summary table."""

from __future__ import annotations

import sys
from contextlib import contextmanager
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
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from ablage_client_compat.migrate.runner import Summary

__all__ = ["print_summary", "progress", "reading", "summary_as_json", "table"]

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
