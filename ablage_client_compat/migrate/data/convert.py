"""Saved data: documents, users and webhooks in the formats of API v1 and v2, and browsers' stores."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, TYPE_CHECKING, BinaryIO, Literal, TypeAlias, cast

from ablage_client_compat.atomic import backup_of, replacing
from ablage_client_compat.migrate.data.jsonstream import Layout, Reader, Writer
from ablage_client_compat.migrate.data.pickles import is_pickle, read_pickles
from ablage_client_compat.migrate.data.stores import LATEST, is_store, migrate_store
from ablage_sdk import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from ablage_client_compat.migrate.data.jsonstream import JSON

__all__ = ["Converted", "Version", "convert", "convert_file"]

Version: TypeAlias = Literal["v1", "v2"]

#: Keys that only one of the two versions has: fields, and the original in the format of the other one.
_KEPT_V1, _KEPT_V2 = formats.documents.keys
_NAMES = frozenset(field.name for field in formats.DOCUMENT_FIELDS)
_ONLY_V1 = (frozenset(formats.V1_DOCUMENT_KEYS) - _NAMES) | {_KEPT_V2}
_ONLY_V2 = (_NAMES - frozenset(formats.V1_DOCUMENT_KEYS)) | {_KEPT_V1}
_DOCUMENT = frozenset({"filename", "ocr_text", "extracted_text", "ocr_result"})


@dataclass(slots=True)
class Converted:
    """What became of a file.

    Attributes:
        path: The file.
        output: Where the result is, or would be.
        changed: How many values of each kind changed.
        unchanged: How many values are as wanted already, or of no known kind.
        backup: The copy of the old file, if it was replaced.
        error: Why nothing was done.
    """

    path: Path
    output: Path
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    backup: Path | None = None
    error: str = ""


def convert(
    value: JSON, to: Version, *, store_version: int | None = None, seen: Counter[str] | None = None
) -> JSON:
    """Convert a value and everything of a known kind in it.

    Args:
        value: A document, user or webhook; a list or page of them; a browser's store.
        to: The API version wanted.
        store_version: The version of a browser's store wanted; the one that goes with ``to`` when left out.
        seen: Counts what was converted, by kind.
    """
    seen = Counter() if seen is None else seen
    if isinstance(value, list):
        return [convert(item, to, store_version=store_version, seen=seen) for item in value]
    if not isinstance(value, dict):
        return value
    if is_store(value):
        wanted = store_version if store_version is not None else LATEST if to == "v2" else 0
        return _counted("store", value, migrate_store(value, wanted), seen)
    kind = _kind(value)
    if kind is not None:
        return _counted(kind, value, _convert_object(kind, value, to), seen)
    return {
        key: convert(item, to, store_version=store_version, seen=seen) if key in _ENVELOPES else item
        for key, item in value.items()
    }


#: Where answers of the API hold what they are about.
_ENVELOPES = frozenset({"items", "data", "document", "documents", "user", "users", "webhook", "webhooks"})


def _counted(kind: str, old: JSON, new: JSON, seen: Counter[str]) -> JSON:
    seen["unchanged" if formats.same(old, new) else kind] += 1
    return new


def _kind(value: dict[str, JSON]) -> str | None:
    """Tell what an object is, by its keys."""
    if not _DOCUMENT.isdisjoint(value):
        return "document"
    if "email" in value and ("role" in value or "roles" in value):
        return "user"
    if "url" in value and not {"events", "event_types"}.isdisjoint(value):
        return "webhook"
    return None


def _convert_object(kind: str, value: dict[str, JSON], to: Version) -> JSON:
    up = to == "v2"
    if kind == "document":
        if _is_v2(value) is up:
            return value
        return cast("JSON", (formats.documents.up if up else formats.documents.down)(value))
    if kind == "user":
        if ("roles" in value) is up:
            return value
        return cast("JSON", (formats.users.up if up else formats.users.down)(value))
    if ({"events", "active"}.isdisjoint(value)) is up:
        return value
    return cast("JSON", (formats.webhooks.up if up else formats.webhooks.down)(value))


def _is_v2(document: dict[str, JSON]) -> bool:
    if not _ONLY_V1.isdisjoint(document):
        return False
    result = document.get("ocr_result")
    if not _ONLY_V2.isdisjoint(document):
        return True
    return isinstance(result, dict) and not formats.is_old_ocr_result(result)


# --- files


def convert_file(
    path: Path,
    to: Version,
    *,
    write: bool,
    output: Path | None = None,
    store_version: int | None = None,
    follow: Callable[[BinaryIO], IO[bytes]] = lambda file: file,
) -> Converted:
    """Convert a file; of a list or of JSON lines one item at a time is in memory.

    Args:
        path: JSON, JSON lines, or pickles of the old SDK.
        to: The API version wanted.
        write: Write the result; otherwise only tell what would change.
        output: Where to write it; in place of the file, which is backed up, when left out. Pickles become
            ``name.json``.
        store_version: The version of a browser's store wanted.
        follow: Returns the file to read in place of the one that was opened.
    """
    result = Converted(path, output or path)
    try:
        with path.open("rb") as opened:
            file = follow(opened)
            pickled = is_pickle(file.read(16))
            file.seek(0)
            if pickled and output is None:
                result.output = path.with_suffix(".json")
            _convert_stream(result, file, to, pickled=pickled, write=write, store_version=store_version)
    except OSError as error:
        result.error = error.strerror or str(error)
    except UnicodeDecodeError:
        result.error = "cannot be converted: neither JSON in UTF-8 nor a pickle"
    except RecursionError:
        result.error = "cannot be converted: it is nested too deeply"
    except ValueError as error:
        result.error = f"cannot be converted: {error}"
    return result


def _convert_stream(
    result: Converted, file: IO[bytes], to: Version, *, pickled: bool, write: bool, store_version: int | None
) -> None:
    reader = Reader(file)
    values: Iterable[JSON] = read_pickles(file) if pickled else reader
    layout = Layout("array", 2) if pickled else reader.layout
    seen: Counter[str] = Counter()
    converted = (convert(value, to, store_version=store_version, seen=seen) for value in values)
    if write:
        _write(result, converted, layout, seen, pickled=pickled)
    else:
        for _ in converted:
            pass
    result.unchanged = seen.pop("unchanged", 0)
    result.changed = seen


def _write(
    result: Converted, values: Iterator[JSON], layout: Layout, seen: Counter[str], *, pickled: bool
) -> None:
    replaces = result.output == result.path
    with suppress(_NothingToDoError), replacing(result.output) as file:
        first, second = (
            next(values, _END),
            next(values, _END),
        )  # now the layout is known: one value or several
        if pickled and second is _END:
            layout.shape = "one"
        writer = Writer(file, layout)
        for value in chain((first, second), values):
            if value is not _END:
                writer.write(cast("JSON", value))
        writer.close()
        if replaces:
            if not any(kind != "unchanged" for kind in seen):
                raise _NothingToDoError
            result.backup = backup_of(result.path)
    if not replaces and result.output.exists():
        shutil.copymode(result.path, result.output)  # what is private stays private


_END = object()


class _NothingToDoError(Exception):
    """Leaves the file as it is."""
