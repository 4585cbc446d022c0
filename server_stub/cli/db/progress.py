"""Progress of migrations and data moves: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alembic.runtime.migration import MigrationInfo
    from rich.progress import TaskID

    from server_stub.migrations.backfills import Progress

#: Seconds between two plain lines about the same data move.
_EVERY = 10.0


class Steps:
    """Tells about each revision when it is done, and keeps what was told for ``--json``."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        self.done: list[dict[str, object]] = []
        self._total = total
        self._quiet = quiet
        self._since = time.monotonic()

    def __call__(self, step: MigrationInfo) -> None:
        """Note a revision that was applied or undone."""
        from alembic.script import Script

        seconds, self._since = time.monotonic() - self._since, time.monotonic()
        revision = step.up_revision
        name = revision.revision if revision else ""
        direction = "upgrade" if step.is_upgrade else "downgrade"
        title = revision.doc if isinstance(revision, Script) else ""
        self.done.append(
            {"revision": name, "direction": direction, "title": title, "seconds": round(seconds, 3)}
        )
        if not self._quiet:
            arrow = "->" if step.is_upgrade else "<-"
            number = f"[{len(self.done)}/{self._total}]"
            typer.echo(f"{number:>9} {arrow} {name}  {title}  ({seconds:.1f} s)", err=True)


def describe(move: Progress) -> str:
    """Say in a line how far a data move is."""
    total = move.rows_done + move.rows_left
    eta = "" if move.eta is None or move.state == "done" else f", {move.eta:.0f} s left"
    aside = f", {move.quarantined} set aside" if move.quarantined else ""
    return (
        f"{move.name} ({move.direction}): {move.state}, {move.rows_done} of {total} rows, "
        f"{move.rows_moved} changed{aside}, {move.rows_per_second:.0f} rows/s{eta}"
    )


@contextmanager
def moving(*, quiet: bool, each: bool = True) -> Iterator[Callable[[Progress], None]]:
    """Give a function that shows the progress of data moves.

    Args:
        quiet: Show nothing.
        each: Also tell of moves that are done before there was anything to tell.
    """
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bars() as update:
            yield update
    else:
        yield _Lines(each=each)


class _Lines:
    """A line about a move every ten seconds, and one when it is done."""

    def __init__(self, *, each: bool) -> None:
        self._each = each
        self._next: dict[str, float] = {}

    def __call__(self, move: Progress) -> None:
        now = time.monotonic()
        begun = move.name in self._next
        due = self._next.setdefault(move.name, now if self._each else now + _EVERY)
        if move.state == "done":
            if self._each or (begun and move.seconds >= _EVERY):
                typer.echo(describe(move), err=True)
        elif now >= due:
            self._next[move.name] = now + _EVERY
            typer.echo(describe(move), err=True)


@contextmanager
def _bars() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}, {task.fields[rate]} rows/s"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, TaskID] = {}

        def update(move: Progress) -> None:
            if move.name not in tasks:
                tasks[move.name] = bar.add_task(f"{move.name} ({move.direction})", rate="0", state=move.state)
            bar.update(
                tasks[move.name],
                total=move.rows_done + move.rows_left,
                completed=move.rows_done,
                rate=f"{move.rows_per_second:.0f}",
                state=move.state,
            )

        yield update
