"""What clients may say about a document: checked and cleaned. Pure functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from server_stub.errors import InvalidRequestError, invalid_field
from server_stub.ocr import BACKENDS
from server_stub.services import encoding
from server_stub.services.printable import UNSEEN, check_printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_FILENAME = 255
MAX_TAGS = 100
MAX_TAG = 100
MAX_DOCUMENT_TYPE = 50
MAX_METADATA_BYTES = 65_536
MAX_METADATA_DEPTH = 20
DEFAULT_FILENAME = "document"

_UNSEEN = re.compile(f"[{UNSEEN}]")
LANGUAGE = "[A-Za-z]{2,3}(?:[-_+][A-Za-z]{2,4}){0,2}"
_LANGUAGE = re.compile(LANGUAGE)


def clean_filename(name: str) -> str:
    """Return the last part of a file name, without path, control characters and excess length."""
    last = _UNSEEN.sub("", name).replace("\\", "/").rsplit("/", 1)[-1].strip().strip(".").strip()
    if not last:
        return DEFAULT_FILENAME
    if len(last) <= MAX_FILENAME:
        return last
    stem, dot, extension = last.rpartition(".")
    if not dot or len(extension) > 10:  # noqa: PLR2004 - no extension is longer than that
        return last[:MAX_FILENAME]
    return f"{stem[: MAX_FILENAME - len(extension) - 1]}.{extension}"


def check_tags(tags: Sequence[str]) -> list[str]:
    """Return tags without surrounding blanks, empty ones and repetitions.

    Raises:
        InvalidRequestError: Too many, too long, or with control characters.
    """
    clean = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(clean) > MAX_TAGS:
        raise invalid_field("tags", f"at most {MAX_TAGS} are allowed, {len(clean)} were given.")
    for tag in clean:
        if len(tag) > MAX_TAG:
            raise invalid_field("tags", f"a tag has at most {MAX_TAG} characters, one has {len(tag)}.")
        if _UNSEEN.search(tag):
            raise invalid_field("tags", "control characters are not allowed in a tag.")
    return clean


def check_metadata(metadata: Mapping[str, object]) -> dict[str, object]:
    """Return metadata that can be stored.

    Raises:
        InvalidRequestError: Too large, too deep, or with the character U+0000, which PostgreSQL cannot store.
    """
    check_json("metadata", metadata, max_bytes=MAX_METADATA_BYTES, max_depth=MAX_METADATA_DEPTH)
    return dict(metadata)


def check_json(field: str, value: object, *, max_bytes: int, max_depth: int) -> None:
    """Check that a JSON value is small and flat enough and can be stored.

    Raises:
        InvalidRequestError: It is not.
    """
    level, depth = [value], 0
    while level:
        if depth > max_depth:
            raise invalid_field(field, f"is nested deeper than {max_depth} levels.")
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                below += item
            elif isinstance(item, str) and "\x00" in item:
                raise invalid_field(field, "the character U+0000 cannot be stored. Remove it.")
        level, depth = below, depth + 1
    try:
        size = len(encoding.dumps(value))
    except (TypeError, ValueError):
        raise invalid_field(field, "is not text that can be stored: it has half a character in it.") from None
    if size > max_bytes:
        raise invalid_field(field, f"has {size} bytes as JSON; {max_bytes} are allowed.")


def check_backend(backend: str) -> str:
    """Return the name of an OCR backend if it is known.

    Raises:
        InvalidRequestError: It is not; the message lists those that are.
    """
    if backend not in BACKENDS:
        raise InvalidRequestError(
            f"There is no OCR backend {backend[:50]!r}. Known ones: {', '.join(BACKENDS)}.",
            code="OCR_BACKEND_UNKNOWN",
            errors=invalid_field("ocr_backend", f"must be one of {', '.join(BACKENDS)}.").errors,
        )
    return backend


def check_language(language: str) -> str:
    """Return a language code such as ``de``, ``eng`` or ``deu+eng``.

    Raises:
        InvalidRequestError: It is none.
    """
    if len(language) > 10 or not _LANGUAGE.fullmatch(language):  # noqa: PLR2004 - the width of the column
        raise invalid_field("language", "must be a language code such as de, en or de+en.")
    return language


def check_document_type(document_type: str) -> str:
    """Return a document type.

    Raises:
        InvalidRequestError: It is too long or has control characters.
    """
    check_printable("document_type", document_type, most=MAX_DOCUMENT_TYPE, without=UNSEEN)
    return document_type
