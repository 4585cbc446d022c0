"""Files that are being downloaded, and what headers say about them. Everything here blocks."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import sys
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import unquote

from ablage_sdk._exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["PartialFile", "checksum", "filename_of", "safe_name", "same_file", "total_size"]

#: Where Windows locks a file, in bytes: far behind the end of any document.
_FAR: Final = 1 << 60


class PartialFile:
    """A file that appears under its name only when it is complete.

    What arrived so far is in a hidden ``.part`` file beside it, together with the ETag that tells whether
    the rest still belongs to it.

    Attributes:
        target: Where the file will be.
        size: Bytes so far.
        etag: What they belong to; ``None`` when there are none.
        digest: SHA-256 of them.
    """

    def __init__(self, target: Path, document_id: str) -> None:
        self.target = target
        mark = hashlib.sha256(document_id.encode()).hexdigest()[:12]
        self._part = target.with_name(f".{target.name}.{mark}.part")
        try:
            self._file: IO[bytes] = self._part.open("a+b")
            if not _lock(self._file):
                # Someone else is downloading it to the same place: do not share, and do not resume.
                self._file.close()
                self._part = target.with_name(f".{target.name}.{mark}-{secrets.token_hex(4)}.part")
                self._file = self._part.open("a+b")
        except OSError as exc:
            msg = f"cannot write to {str(target.parent)!r}: {exc.strerror or exc}"
            raise ConfigurationError(msg) from exc
        self._note = self._part.with_suffix(".part.json")
        self.digest = hashlib.sha256()
        self.size = 0
        self.etag = self._known_etag()
        if self.etag is None:
            self._file.truncate(0)
        else:
            self._file.seek(0)
            while chunk := self._file.read(1 << 20):
                self.digest.update(chunk)
                self.size += len(chunk)

    def _known_etag(self) -> str | None:
        try:
            note = json.loads(self._note.read_bytes())
        except (OSError, ValueError):
            return None
        etag = note.get("etag") if isinstance(note, dict) else None
        return etag if isinstance(etag, str) else None

    def begin(self, etag: str | None) -> None:
        """Start again from the first byte of what ``etag`` stands for."""
        self._file.truncate(0)
        self.digest, self.size, self.etag = hashlib.sha256(), 0, etag
        if etag is None or etag.startswith("W/"):
            self._note.unlink(missing_ok=True)
        else:
            self._note.write_text(json.dumps({"etag": etag}))

    def write(self, chunk: bytes) -> None:
        """Append bytes."""
        self._file.write(chunk)
        self.digest.update(chunk)
        self.size += len(chunk)

    def commit(self) -> Path:
        """Put the complete file in its place."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._part.replace(self.target)
        self._note.unlink(missing_ok=True)
        self._file.close()
        return self.target

    def discard(self) -> None:
        """Drop what arrived."""
        self._file.close()
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def keep(self) -> None:
        """Leave what arrived for the next time, if it can be continued."""
        if self.etag is None or self.size == 0:
            self.discard()
        else:
            self._file.close()


def _lock(file: IO[bytes]) -> bool:
    """Tell whether a file is nobody else's, and keep it so until it is closed."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - of Windows

        here = file.tell()
        file.seek(_FAR)  # what is locked there, nobody else can read or write
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(here)
    else:
        import fcntl  # noqa: PLC0415 - of POSIX

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def checksum(headers: Mapping[str, str]) -> str | None:
    """Return the SHA-256 of the whole file in hexadecimal, from ``Repr-Digest`` (RFC 9530)."""
    match = re.search(r"sha-256=:([A-Za-z0-9+/=]+):", headers.get("repr-digest", ""))
    try:
        return base64.b64decode(match[1], validate=True).hex() if match else None
    except ValueError:
        return None


def total_size(status_code: int, headers: Mapping[str, str]) -> int | None:
    """Return the size of the whole file, of which an answer may be the last part."""
    if status_code in {206, 416}:
        match = re.search(r"/(\d+)$", headers.get("content-range", ""))
        return int(match[1]) if match else None
    text = headers.get("content-length", "")
    return int(text) if text.isdigit() else None


def filename_of(headers: Mapping[str, str]) -> str | None:
    """Return the name in ``Content-Disposition`` (RFC 6266)."""
    text = headers.get("content-disposition", "")
    extended = re.search(r"filename\*=UTF-8''([^;]+)", text, re.IGNORECASE)
    if extended:
        return unquote(extended[1])
    plain = re.search(r'filename="((?:[^"\\]|\\.)*)"', text) or re.search(r"filename=([^;\s]+)", text)
    return re.sub(r"\\(.)", r"\1", plain[1]) if plain else None


def same_file(path: Path, size: int, sha256: str | None) -> bool:
    """Tell whether a file is there already, by its checksum."""
    if sha256 is None or not path.is_file() or path.stat().st_size != size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def safe_name(name: str | None, fallback: str) -> str:
    """Return a name that stays in its directory: someone else chose it."""
    last = re.split(r"[/\\]", name or "")[-1]
    last = re.sub(r"[\x00-\x1f\x7f]", "", last).strip()
    return fallback if last in {"", ".", ".."} else last[-200:]
