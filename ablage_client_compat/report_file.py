"""The file that ``ABLAGE_COMPAT_REPORT`` asks for: every use of the old client, added up over processes."""

from __future__ import annotations

import atexit
import json
import os
import sys
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ablage_client_compat.atomic import replace_file
from ablage_client_compat.warnings import Use, take

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["VARIABLE", "arrange", "read", "write"]

VARIABLE = "ABLAGE_COMPAT_REPORT"
_FORMAT = 1


def arrange() -> None:
    """See to it that the report is written when this process, or one forked from it, ends."""
    if not os.environ.get(VARIABLE):
        return
    atexit.register(_write_at_exit)
    # A process of `multiprocessing` leaves through os._exit, past atexit: it has finalizers of its own.
    from multiprocessing import util  # noqa: PLC0415  # only needed when a report was asked for

    util.register_after_fork(_write_at_exit, _finalize_with)


def _finalize_with(write_at_exit: object) -> None:
    from multiprocessing import util  # noqa: PLC0415

    if write_at_exit is _write_at_exit:
        util.Finalize(None, _write_at_exit, exitpriority=0)


def _write_at_exit() -> None:
    path = os.environ.get(VARIABLE)
    if not path:
        return
    try:
        write(Path(path), take())
    except (OSError, ValueError) as error:
        print(f"{VARIABLE}={path}: the report was not written: {error}", file=sys.stderr)  # noqa: T201


def read(path: Path) -> list[Use]:
    """Return the uses that a report file holds.

    Raises:
        ValueError: The file is not such a report.
    """
    return _parse(path.read_text(encoding="utf-8"), path)


def write(path: Path, uses: list[Use]) -> None:
    """Add ``uses`` to the report in ``path``, which other processes may be doing too.

    Raises:
        ValueError: The file exists and is something else.
    """
    with _locked(path):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        merged: dict[tuple[str, int, str], Use] = {}
        for use in [*(_parse(text, path) if text else []), *uses]:
            site = (use.file, use.line, use.name)
            known = merged.get(site)
            merged[site] = replace(use, count=use.count + known.count) if known else use
        content = {"format": _FORMAT, "uses": [asdict(use) for use in sorted(merged.values())]}
        replace_file(path, f"{json.dumps(content, indent=1, ensure_ascii=False)}\n".encode())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time work on a file; a killed one holds its lock no longer.

    The file itself cannot be locked, for it is replaced: a killed process leaves it whole. On POSIX its
    folder is locked instead; Windows locks files only, so that there an empty one stays beside it.
    """
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  # of Windows

        with path.with_name(f"{path.name}.lock").open("ab") as beside:
            beside.seek(0)
            msvcrt.locking(beside.fileno(), msvcrt.LK_LOCK, 1)  # gives up after ten seconds
            yield
    else:
        import fcntl  # noqa: PLC0415  # of POSIX

        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _parse(text: str, path: Path) -> list[Use]:
    try:
        content = json.loads(text)
        uses = [Use(**use) for use in content["uses"]]
    except (ValueError, TypeError, KeyError):
        uses, content = [], {}
    if content.get("format") != _FORMAT:
        raise ValueError(f"{path} is not a report of the old client's use; name another file, or delete it")
    return uses
