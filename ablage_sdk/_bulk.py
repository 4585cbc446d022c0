"""What came out of one item of many, and the file that remembers it."""

from __future__ import annotations

import json
import os
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from ablage_sdk._exceptions import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from ablage_sdk._exceptions import AblageError

__all__ = ["Manifest", "Outcome"]

I_co = TypeVar("I_co", covariant=True)
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[I_co, R_co]):
    """What came out of one item: a result, or the error that it failed with.

    Attributes:
        item: Which one.
        result: What came out; ``None`` when it failed.
        error: Why it failed; ``None`` when it did not.
    """

    item: I_co
    result: R_co | None = None
    error: AblageError | None = None

    @property
    def ok(self) -> bool:
        """Whether it worked."""
        return self.error is None

    def unwrap(self) -> R_co:
        """Return the result, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]  # set unless there was an error


class Manifest:
    """Remembers uploads in a file of JSON lines, so that the next run does not repeat them.

    Before a file is sent, its idempotency key is written down; afterwards, its document. A run that was
    killed in between sends the file again under the same key, which creates no second document.

    Args:
        path: The file; created when missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._entries: dict[str, dict[str, object]] = {}
        try:
            with path.open("a+", encoding="utf-8") as file:  # to write too: not only after the first upload
                file.seek(0)
                for line in file:
                    self._load(line)
        except OSError as exc:
            msg = f"cannot use the manifest {str(path)!r}: {exc.strerror or exc}"
            raise ConfigurationError(msg) from exc

    def _load(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            return  # the last line of a run that was killed
        if isinstance(entry, dict) and isinstance(entry.get("file"), str):
            self._entries[entry["file"]] = entry

    def begin(self, file: Path) -> tuple[str, str | None]:
        """Return the idempotency key for a file, and its document when it was uploaded before.

        A file that changed since counts as a new one.
        """
        status = file.stat()
        state = {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
        with self._lock:
            entry = self._entries.get(str(file.resolve()))
            if entry is not None and all(entry.get(name) == value for name, value in state.items()):
                document = entry.get("document_id")
                return str(entry["key"]), document if isinstance(document, str) else None
        key = secrets.token_urlsafe(24)
        self._write({"file": str(file.resolve()), **state, "key": key})
        return key, None

    def forget(self, file: Path) -> str:
        """Drop what is known of a file, whose document is gone; return a new idempotency key."""
        with self._lock:
            self._entries.pop(str(file.resolve()), None)
        return self.begin(file)[0]

    def done(self, file: Path, document_id: str) -> None:
        """Write down that a file was uploaded."""
        self._write({**self._entries[str(file.resolve())], "document_id": document_id})

    def _write(self, entry: dict[str, object]) -> None:
        with self._lock:
            self._entries[str(entry["file"])] = entry
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
