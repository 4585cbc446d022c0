"""Writing files so that at any moment either the old or the new content is there."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["backup_of", "replace_file", "replacing"]


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file that takes the place of ``path`` when the block ends without an error.

    The mode of the old file is kept; a symbolic link stays one.
    """
    target = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, name)
        else:
            mask = os.umask(0o077)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def replace_file(path: Path, content: bytes) -> None:
    """Replace the content of a file in one step."""
    with replacing(path) as file:
        file.write(content)


def backup_of(path: Path) -> Path:
    """Copy a file to ``name.bak`` (or ``.bak1``, ``.bak2`` …: an earlier backup is never overwritten)."""
    number = 0
    while True:
        backup = path.with_name(f"{path.name}.bak{number or ''}")
        try:
            with backup.open("xb") as to, path.open("rb") as source:
                shutil.copyfileobj(source, to)
        except FileExistsError:
            number += 1
            continue
        shutil.copystat(path, backup)
        return backup
