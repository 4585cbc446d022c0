"""What stands beside a backup, in ``<file>.json``: it comes last, and a file without one is no backup."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from server_stub.operations.dump.errors import DumpError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        revision: Revision of the database.
        release: Its release, if it is exactly at one.
        server: Version of PostgreSQL.
        made_at: When, in UTC.
        sha256: Of the file.
        rows: Rows of each table at the moment of the backup.
        hashes: Fingerprint of the rows of each table, whatever their order; older backups have none.
        bytes: What the tables and their indexes took on disk.
    """

    revision: str | None
    release: str | None
    server: str
    made_at: str
    sha256: str
    rows: dict[str, int]
    hashes: dict[str, str] = field(default_factory=dict)
    bytes: int = 0

    @property
    def schema(self) -> str | None:
        """The schema of Ablage's tables, ``None`` if there was no revision."""
        names = (name.rpartition(".") for name in self.rows)
        return next((schema for schema, _, table in names if table == "alembic_version"), None)


def manifest_of(file: Path) -> Path:
    """Return where the manifest of a backup is."""
    return file.with_name(f"{file.name}.json")


def write(file: Path, manifest: Manifest) -> None:
    """Write the manifest of a backup, all of it or none."""
    target = manifest_of(file)
    part = target.with_name(f".{target.name}.part")
    part.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    put(part, target)


def put(part: Path, target: Path) -> None:
    """Give a file that is complete its name, once it is on the disk."""
    _sync(part)
    part.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(file: Path) -> Manifest:
    """Read the manifest of a backup, and compare the file with its checksum.

    Raises:
        DumpError: If either is missing or damaged.
    """
    if not file.is_file():
        raise DumpError(f"There is no file {file}.")
    try:
        manifest = Manifest(**json.loads(manifest_of(file).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DumpError(
            f"{manifest_of(file)} is missing, so the backup cannot be verified. "
            "For a dump that something else made, use pg_restore."
        ) from None
    except (ValueError, TypeError):
        raise DumpError(f"{manifest_of(file)} is damaged. Take another backup.") from None
    if sha256(file) != manifest.sha256:
        raise DumpError(
            f"{file} is damaged: its SHA-256 is not that of when it was made. Take another backup."
        )
    return manifest


def sha256(file: Path) -> str:
    """Return the checksum of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
