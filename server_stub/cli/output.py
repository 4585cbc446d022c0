"""What commands print: tables, single results, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

import typer

Row = Mapping[str, object]


def show(value: object, *, as_json: bool, text: str) -> None:
    """Print a result, as JSON or for people."""
    typer.echo(json.dumps(value, default=str, ensure_ascii=False, indent=2) if as_json else text)


def print_rows(
    rows: Sequence[Row], columns: Sequence[str], *, as_json: bool, empty: str, missing: str = "-"
) -> None:
    """Print rows as a table, or as JSON with all their fields.

    Args:
        rows: The rows.
        columns: The fields that the table has, in this order.
        as_json: Whether to print JSON.
        empty: What to say instead of a table without rows.
        missing: What stands for ``None``.
    """
    if as_json or not rows:
        show([dict(row) for row in rows], as_json=as_json, text=empty)
        return
    header = [column.replace("_", " ") for column in columns]
    cells = [[_cell(row[column], missing) for column in columns] for row in rows]
    if sys.stdout.isatty():
        _draw(header, cells)
        return
    # In a pipe, one line is one row.
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    for line in (header, *cells):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _draw(header: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in header:
        table.add_column(name, overflow="fold")
    for line in cells:
        table.add_row(*map(Text, line))
    Console().print(table)


def print_row(row: Row, *, as_json: bool) -> None:
    """Print one row: a field a line, or as JSON."""
    width = max(map(len, row))
    lines = [f"{name.replace('_', ' '):<{width}}  {_cell(value)}" for name, value in row.items()]
    show(dict(row), as_json=as_json, text="\n".join(lines))


def _cell(value: object, missing: str = "-") -> str:
    if value is None:
        return missing
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "-"
    return str(value)


def size(number: float) -> str:
    """Write bytes for people."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:  # noqa: PLR2004 - the factor between units
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"
