"""`ablage-server db` commands about data moves."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from server_stub.cli.commands import CommandError
from server_stub.cli.db.progress import describe, moving
from server_stub.cli.db.shell import DataDir, ask, database
from server_stub.cli.options import AsJson, DatabaseUrl  # noqa: TC001 - typer reads annotations
from server_stub.cli.output import print_rows, show

_SHOWN = 20


def backfill(
    name: Annotated[
        str | None, typer.Argument(help="The data move; without: all that were begun and are not done.")
    ] = None,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    down: Annotated[bool, typer.Option("--down", help="Move the data back.")] = False,
    chunk: Annotated[int | None, typer.Option(min=1, help="Rows in one step.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Connections that work at once.")] = 2,
    pause: Annotated[float, typer.Option(min=0, help="Seconds to rest after each step.")] = 0,
    pause_file: Annotated[Path | None, typer.Option(help="Begin no step while this file exists.")] = None,
    max_lag: Annotated[
        float | None, typer.Option(min=0, help="Rest while a replica is this many seconds behind.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a data move, or continue it. What is already as it should be stays as it is.

    Example: ablage-server db backfill extracted_text --workers 4 --pause 0.1
    """
    from server_stub.migrations import backfills, ownership

    with database(database_url, data_dir) as url:
        ask(url, lambda connection: connection.run_sync(ownership.verify))
        if name is None:
            todo = [(m.name, m.direction) for m in backfills.status(url) if m.state != "done"]
        else:
            todo = [(name, "down" if down else "up")]
        with moving(quiet=as_json) as on_progress:
            results = [
                backfills.run(
                    url,
                    move,
                    direction=direction,
                    chunk=chunk,
                    workers=workers,
                    pause=pause,
                    pause_file=pause_file,
                    max_lag=max_lag,
                    on_progress=on_progress,
                )
                for move, direction in todo
            ]
    known = ", ".join(backfills.MOVES)
    text = "\n".join(map(describe, results)) or f"No data move is unfinished. There are: {known}."
    show([asdict(result) for result in results], as_json=as_json, text=text)


def status(
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell how far each data move is, and list rows that were set aside.

    Example: ablage-server db status
    """
    from server_stub.migrations import backfills

    with database(database_url, data_dir) as url:
        moves = backfills.status(url)
        aside = backfills.quarantined(url)
    if as_json:
        show(
            {"moves": [asdict(m) for m in moves], "quarantined": [asdict(q) for q in aside]},
            as_json=True,
            text="",
        )
        return
    header = ("move", "way", "state", "done", "left", "changed", "set aside", "rows/s", "ETA")
    cells = [
        (m.name, m.direction, m.state, m.rows_done, m.rows_left, m.rows_moved, m.quarantined,
         f"{m.rows_per_second:.0f}", "" if m.eta is None else f"{m.eta:.0f} s")
        for m in moves
    ]  # fmt: skip
    rows = [dict(zip(header, row, strict=True)) for row in cells]
    print_rows(rows, header, as_json=False, empty="No data was moved yet.")
    if aside:
        listed = "".join(f"\n  {q.table} {q.row_id} ({q.move}): {q.reason}" for q in aside[:_SHOWN])
        more = f"\n  and {len(aside) - _SHOWN} more (--json lists them)" if len(aside) > _SHOWN else ""
        typer.echo(f"\nSet aside because they could not be converted:{listed}{more}")


def metrics(
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    textfile: Annotated[
        Path | None,
        typer.Option(help="Write them here, for the node exporter's textfile collector (*.prom)."),
    ] = None,
) -> None:
    """Print the figures of migrations for Prometheus.

    Example: ablage-server db metrics --textfile /var/lib/node_exporter/ablage.prom
    """
    from server_stub.migrations import backfills

    if textfile is not None and not textfile.parent.is_dir():
        raise CommandError(f"There is no directory {textfile.parent}. Make it first.")
    with database(database_url, data_dir) as url:
        if textfile is None:
            typer.echo(backfills.render_metrics(url), nl=False)
        else:
            backfills.write_textfile(url, textfile)
            typer.echo(f"Written: {textfile}")
