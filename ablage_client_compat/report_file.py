"""The file that ``ABLAGE_COMPAT_REPORT`` asks for: every use of the old client, added up over processes."""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

from ablage_client_compat.migrate.atomic import replace_file
from ablage_client_compat.warnings import Use, take

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
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(
            folder, fcntl.LOCK_EX
        )  # not of the file, which is replaced: a killed process leaves it whole
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        merged: dict[tuple[str, int, str], Use] = {}
        for use in [*(_parse(text, path) if text else []), *uses]:
            site = (use.file, use.line, use.name)
            known = merged.get(site)
            merged[site] = replace(use, count=use.count + known.count) if known else use
        content = {"format": _FORMAT, "uses": [asdict(use) for use in sorted(merged.values())]}
        replace_file(path, f"{json.dumps(content, indent=1, ensure_ascii=False)}\n".encode())
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
