"""Many files: in parallel, with knowledge shared between the modules of a project."""

from __future__ import annotations

import difflib
import os
import tokenize
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from ablage_client_compat.atomic import replace_file
from ablage_client_compat.migrate.code.scan import mentions, python_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from ablage_client_compat.migrate.code.rewriter import Mark
    from ablage_client_compat.migrate.rules.types import Type

__all__ = ["FileResult", "Summary", "diff_of", "migrate_code", "write"]

#: Below this many files, starting processes costs more than it saves.
_WORTH_PROCESSES = 8


@dataclass(slots=True)
class FileResult:
    """What became of one file; ``error`` says why it could not be read."""

    path: Path
    old: str = ""
    new: str = ""
    encoding: str = "utf-8"
    counts: Counter[str] = field(default_factory=Counter)
    marks: list[Mark] = field(default_factory=list)
    exports: dict[str, Type | None] = field(default_factory=dict)
    error: str = ""

    @property
    def changed(self) -> bool:
        """Whether the source changed."""
        return self.old != self.new


@dataclass(slots=True)
class Summary:
    """All files: how many were looked at, and the results of those that mention Ablage."""

    scanned: int = 0
    results: list[FileResult] = field(default_factory=list)

    @property
    def changed(self) -> list[FileResult]:
        """The files that changed."""
        return [result for result in self.results if result.changed]

    @property
    def marks(self) -> int:
        """How many places are left to a person."""
        return sum(len(result.marks) for result in self.results)

    @property
    def errors(self) -> list[FileResult]:
        """The files that could not be read."""
        return [result for result in self.results if result.error]

    @property
    def counts(self) -> Counter[str]:
        """How often each name was rewritten, over all files."""
        return sum((result.counts for result in self.results), Counter())


def migrate_code(
    paths: Iterable[Path],
    *,
    asynchronous: bool = False,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Rewrite the Python files among and below some paths; nothing is written.

    Args:
        paths: Files and folders.
        asynchronous: Move to the asynchronous client as well.
        jobs: Number of processes; as many as there are processors when left out.
        progress: Called with the number of files done and the number of files to do.
    """
    files = list(python_files(paths))
    summary = Summary(scanned=len(files))
    chosen = [path for path in files if _chosen(path)]
    known: dict[str, Type | None] = {}
    results = _run(chosen, known, jobs, progress, asynchronous=asynchronous)
    exports = _exports(results)
    if exports:
        words = sorted(
            {key.removeprefix("import:").rpartition(".")[0].rpartition(".")[2].encode() for key in exports}
        )
        again = [path for path in files if _imports_any(path, words)]
        if again:
            by_path = {result.path: result for result in results}
            by_path |= {r.path: r for r in _run(again, exports, jobs, None, asynchronous=asynchronous)}
            results = list(by_path.values())
    summary.results = sorted(results, key=lambda result: result.path)
    return summary


def _chosen(path: Path) -> bool:
    try:
        return mentions(path.read_bytes())
    except OSError:
        return True  # so that the error is reported


def _imports_any(path: Path, words: Sequence[bytes]) -> bool:
    try:
        source = path.read_bytes()
    except OSError:
        return False
    return b"import" in source and any(word in source for word in words)


def _exports(results: Iterable[FileResult]) -> dict[str, Type | None]:
    """Return what the modules offer each other: clients, and functions that return old objects."""
    found: dict[str, Type | None] = {}
    for result in results:
        stem = result.path.parent.name if result.path.stem == "__init__" else result.path.stem
        for key, kind in result.exports.items():
            for module in {stem, f".{stem}", f"{result.path.parent.name}.{stem}"}:
                name = f"import:{module}.{key}"
                found[name] = kind if found.get(name, kind) == kind else None
    return found


def _run(
    paths: Sequence[Path],
    known: dict[str, Type | None],
    jobs: int | None,
    progress: Callable[[int, int], None] | None,
    *,
    asynchronous: bool,
) -> list[FileResult]:
    work = partial(rewrite_file, known=known, asynchronous=asynchronous)
    workers = min(jobs or os.cpu_count() or 1, len(paths))
    results = []
    if workers < 2 or len(paths) < _WORTH_PROCESSES:  # noqa: PLR2004 - one worker is no pool
        for result in map(work, paths):
            results.append(result)
            if progress is not None:
                progress(len(results), len(paths))
        return results
    with ProcessPoolExecutor(workers) as pool:
        for result in pool.map(work, paths, chunksize=max(1, min(16, len(paths) // (4 * workers)))):
            results.append(result)
            if progress is not None:
                progress(len(results), len(paths))
    return results


def rewrite_file(path: Path, *, known: dict[str, Type | None], asynchronous: bool) -> FileResult:
    """Rewrite one file in memory."""
    from libcst import ParserSyntaxError

    from ablage_client_compat.migrate.code.rewriter import rewrite

    try:
        data = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        source = data.decode(encoding)
        done = rewrite(source, known=known, asynchronous=asynchronous)
    except OSError as error:
        return FileResult(path, error=error.strerror or str(error))
    except (SyntaxError, UnicodeDecodeError) as error:
        return FileResult(path, error=f"not Python source: {error}")
    except ParserSyntaxError as error:
        message = error.message.partition(": expected one of")[0]  # of dozens
        return FileResult(path, error=f"not Python source: line {error.raw_line}: {message}")
    except RecursionError:
        return FileResult(path, error="not rewritten: it is nested too deeply")
    except Exception as error:  # noqa: BLE001 - the other files are to be rewritten nevertheless
        return FileResult(path, error=f"not rewritten, which is a fault of this command: {error!r}")
    return FileResult(path, source, done.source, encoding, done.counts, done.marks, done.exports)


def diff_of(result: FileResult) -> str:
    """Return a unified diff."""
    return "".join(
        difflib.unified_diff(
            result.old.splitlines(keepends=True),
            result.new.splitlines(keepends=True),
            f"a/{result.path}",
            f"b/{result.path}",
        )
    )


def write(result: FileResult) -> None:
    """Write a changed file in one step."""
    replace_file(result.path, result.new.encode(result.encoding))
