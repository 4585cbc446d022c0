"""Progress of migrations and data moves: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from alembic.script import Script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alembic.runtime.migration import MigrationInfo

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
def moving(name: str, *, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """Give a function that shows the progress of a data move."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar(name) as update:
            yield update
    else:
        yield _Lines()


class _Lines:
    """A line every ten seconds, and one at the end."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, move: Progress) -> None:
        if move.state == "done" or time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            typer.echo(describe(move), err=True)


@contextmanager
def _bar(name: str) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} rows/s"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None, rate="0")

        def update(move: Progress) -> None:
            bar.update(
                task,
                total=move.rows_done + move.rows_left,
                completed=move.rows_done,
                rate=f"{move.rows_per_second:.0f}",
            )

        yield update
