"""Tables for people, plain lines for pipes, JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pydantic import JsonValue

    from ablage_sdk._models._base import Model

__all__ = ["errors", "fields", "print_json", "rows", "say"]

#: For everything that is not the result.
errors = Console(stderr=True, highlight=False)


def print_json(value: object) -> None:
    """Print one JSON value on one line."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def rows(columns: Sequence[str], lines: Iterable[tuple[Model, Sequence[object]]], *, as_json: bool) -> None:
    """Print a list.

    Args:
        columns: Headings.
        lines: The model behind each line, and its cells.
        as_json: Print the models instead, one JSON object per line.
    """
    if as_json:
        for model, _ in lines:
            print_json(model.to_dict())
        return
    if not sys.stdout.isatty():
        for _, cells in lines:
            print("\t".join("" if cell is None else str(cell) for cell in cells), flush=True)
        return
    table = Table(*columns, box=None, pad_edge=False)
    for _, cells in lines:
        # Names of files are no markup.
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in cells))
    if not table.rows:
        say("There are none.")
        return
    Console(highlight=False).print(table)


def fields(
    model: Model, *, as_json: bool, brief: Callable[[str, JsonValue], JsonValue] | None = None
) -> None:
    """Print one thing, field by field.

    Args:
        model: The thing.
        as_json: Print it as JSON, whole.
        brief: Shortens the value of a field for people.
    """
    values = model.to_dict()
    if as_json:
        print_json(values)
        return
    width = max(map(len, values), default=0)
    for name, whole in values.items():
        value = whole if brief is None else brief(name, whole)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        print(f"{name:<{width}}  {text}")


def say(text: str) -> None:
    """Tell the person at the terminal; pipes and JSON stay clean."""
    errors.print(text, markup=False, soft_wrap=True)
