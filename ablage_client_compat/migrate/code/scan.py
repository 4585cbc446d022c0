"""Finding the files: by suffix, then by a search for bytes, so that other files cost almost nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["mentions", "python_files"]

#: What a file must contain to be worth parsing.
_NEEDLES = (b"ablage", b"Ablage", b"ABLAGE", b"ocr_text", b"/ocr-text")
_SKIPPED = frozenset(
    [
        "__pycache__",
        "node_modules",
        "site-packages",
        "build",
        "dist",
        "venv",
        "env",
        ".venv",
        ".git",
        ".hg",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".eggs",
    ]
)


def python_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the Python files among and below some paths, each once; a file that is named is always taken."""
    seen: set[str] = set()
    for path in paths:
        found = _below(path) if path.is_dir() else iter([str(path)])
        for name in found:
            if name not in seen:
                seen.add(name)
                yield Path(name)


def _below(folder: Path) -> Iterator[str]:
    for directory, names, files in os.walk(folder):
        names[:] = sorted(n for n in names if n not in _SKIPPED and not n.endswith(".egg-info"))
        for name in sorted(files):
            if name.endswith((".py", ".pyw")):
                yield f"{directory}{os.sep}{name}"


def mentions(source: bytes, also: Iterable[bytes] = ()) -> bool:
    """Tell whether a source may have anything to do with Ablage.

    Args:
        source: The bytes of the file.
        also: Further words, such as the names of modules that export old objects.
    """
    return any(needle in source for needle in _NEEDLES) or any(word in source for word in also)
