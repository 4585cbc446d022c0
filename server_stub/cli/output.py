"""What the commands for administrators share: a group of them, and the output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import typer

Row = Mapping[str, object]


def group() -> typer.Typer:
    """Return a group of commands."""
    return typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def print_rows(rows: Sequence[Row], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Print rows as a table, or as JSON with all their fields."""
    if as_json:
        typer.echo(json.dumps([dict(row) for row in rows], default=str, ensure_ascii=False, indent=2))
        return
    if not rows:
        typer.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    console = Console()
    if not console.is_terminal:
        console = Console(width=10_000)  # in a pipe, one line is one row
    console.print(table)


def print_row(row: Row, *, as_json: bool) -> None:
    """Print one row: a field a line, or as JSON."""
    if as_json:
        typer.echo(json.dumps(dict(row), default=str, ensure_ascii=False, indent=2))
        return
    width = max(map(len, row))
    for name, value in row.items():
        typer.echo(f"{name.replace('_', ' '):<{width}}  {_cell(value)}")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "-"
    return str(value)
