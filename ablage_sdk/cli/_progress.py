"""Uploads with a progress bar on a terminal, and a line per file otherwise."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from ablage_sdk import Outcome
from ablage_sdk.cli._output import errors, print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from ablage_sdk import AblageSDK, Document

__all__ = ["upload_all"]


class Options(TypedDict):
    """Arguments of ``upload_many``."""

    concurrency: int
    manifest: Path | None
    tags: Iterable[str] | None
    metadata: Mapping[str, JsonValue] | None
    language: str | None
    ocr_backend: str | None
    document_type: str | None


def upload_all(
    sdk: AblageSDK, paths: list[Path], *, wait: float | None, as_json: bool, **options: Unpack[Options]
) -> list[Outcome[Path, Document]]:
    """Upload files and print what came out of each.

    Args:
        sdk: The client.
        paths: The files.
        wait: Seconds to wait for each document; ``None`` for not at all.
        as_json: Print documents as JSON.
        **options: For ``upload_many``.
    """
    outcomes: list[Outcome[Path, Document]] = []
    with _Bar(paths) as bar:
        for outcome in sdk.documents.upload_many(paths, progress=bar.sent, **options):
            bar.done(outcome.item)
            if (outcome.ok and wait is None) or not outcome.ok:
                _report(outcome, as_json=as_json)
            outcomes.append(outcome)
    if wait is None:
        return outcomes
    paths_by_id = {each.unwrap().id: each.item for each in outcomes if each.ok}
    final = [each for each in outcomes if not each.ok]
    for waited in sdk.documents.wait_many(paths_by_id, timeout=wait):
        outcome = Outcome(paths_by_id[waited.item], waited.result, waited.error)
        _report(outcome, as_json=as_json)
        final.append(outcome)
    return final


def _report(outcome: Outcome[Path, Document], *, as_json: bool) -> None:
    if outcome.error is not None:
        say(f"{outcome.item}: {outcome.error}")
        return
    document = outcome.unwrap()
    if as_json:
        print_json(document.to_dict())
    else:
        print(f"{document.id}\t{document.status}\t{outcome.item}", flush=True)


class _Bar:
    """One bar for all files; nothing where nobody looks."""

    def __init__(self, paths: list[Path]) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=errors,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._sizes = {path: path.stat().st_size if path.is_file() else 0 for path in paths}
        self._sent: dict[Path, int] = {}
        self._lock = threading.Lock()
        self._task = self._progress.add_task("Uploading", total=sum(self._sizes.values()))

    def __enter__(self) -> Self:
        try:
            self._progress.start()
        except BaseException:  # Ctrl-C right now: leave no bar behind
            self._progress.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def sent(self, path: Path, done: int, _: int | None) -> None:
        """Note progress within a file; a second attempt begins again."""
        with self._lock:
            self._sent[path] = done
            self._progress.update(self._task, completed=sum(self._sent.values()))

    def done(self, path: Path) -> None:
        """Note that a file is finished, sent or not."""
        self.sent(path, self._sizes[path], None)
