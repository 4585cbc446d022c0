"""What `ablage-migrate data`, `env` and `report` print."""

from __future__ import annotations

import difflib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ablage_client_compat.migrate.config import ConfigFile
    from ablage_client_compat.migrate.data import Converted
    from ablage_client_compat.warnings import Use

__all__ = ["print_config", "print_data", "print_report"]


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
