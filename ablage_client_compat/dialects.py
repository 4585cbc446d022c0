"""What programs of each dialect pass, as the SDK takes it.

The arguments decide where two dialects gave one name different parameters: ``list_documents(2, 50)`` is B's
page 2, ``list_documents("completed")`` C's status.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, TypedDict, cast

from ablage_client_compat.paging.documents import Query
from ablage_client_compat.paging.numbered import Span
from ablage_client_compat.records import as_time
from ablage_sdk import formats

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pydantic import JsonValue

__all__ = [
    "DocumentID",
    "File",
    "described",
    "document_changes",
    "listed",
    "new_user",
    "new_webhook",
    "period",
    "readable",
    "upload_arguments",
]

#: What could be uploaded.
File: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO"
#: Ids are strings; a `uuid.UUID` serves as well.
DocumentID: TypeAlias = "str | object"


def readable(file: File) -> File:
    """Return ``file``, after making sure that a path can be opened, with the errors of `open`.

    Raises:
        OSError: It cannot: `FileNotFoundError`, `IsADirectoryError`, `PermissionError`.
    """
    if isinstance(file, (bytes, bytearray, memoryview)) or hasattr(file, "read"):
        return file
    with Path(file).open("rb"):
        return file


class UploadArguments(TypedDict, total=False):
    """What the SDK's ``documents.upload`` takes besides the file."""

    tags: Sequence[str] | None
    metadata: Mapping[str, JsonValue] | None
    ocr_backend: str | None
    language: str | None
    document_type: str | None


def upload_arguments(**given: object) -> UploadArguments:
    """Return the arguments of the SDK's ``documents.upload`` for those of any dialect."""
    tags = given.get("tags")
    if isinstance(tags, str):
        given["tags"] = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return cast("UploadArguments", _chosen(UploadArguments, given))


class DocumentChanges(TypedDict):
    """What could be changed about a document."""

    tags: Sequence[str] | None
    metadata: Mapping[str, JsonValue] | None


def document_changes(tags: Sequence[str] | None, metadata: Mapping[str, object] | None) -> DocumentChanges:
    """Return the arguments of the SDK's ``documents.update``."""
    return {"tags": tags, "metadata": cast("Mapping[str, JsonValue] | None", metadata)}


def _chosen(arguments: type, given: Mapping[str, object]) -> dict[str, object]:
    """Return those that the SDK knows, which checks them."""
    return {name: given[name] for name in arguments.__annotations__ if name in given}


def described(
    file: File | None, positional: Sequence[object], keywords: Mapping[str, object]
) -> tuple[File, UploadArguments]:
    """Return file and arguments of an upload in the words of either dialect.

    Raises:
        TypeError: There is no file, or an argument of neither dialect.
    """
    given: dict[str, Any] = {name: value for name, value in keywords.items() if value is not None}
    named = [given.pop(name) for name in ("path", "file") if name in given]
    file = next(iter(named), file)
    if file is None:
        raise TypeError("upload_document() needs a path")
    for value in positional:
        if value is None:
            continue
        kinds = {
            str: "ocr_backend",
            dict: "metadata",
            int: "priority",
            list: "tags",
            tuple: "tags",
            set: "tags",
        }
        name = next((name for kind, name in kinds.items() if isinstance(value, kind)), None)
        if name is None or name in given:
            raise TypeError(f"upload_document() does not know what to do with the argument {value!r}")
        given[name] = value
    if isinstance(given.get("tags"), set):
        given["tags"] = sorted(given["tags"])
    return readable(file), upload_arguments(**given)


def listed(positional: Sequence[object], keywords: Mapping[str, object]) -> tuple[Query, Span]:
    """Return what ``list_documents`` asks for in the words of either dialect.

    Raises:
        TypeError: An argument belongs to neither dialect.
    """
    by_page = ("page", "per_page", "tag", "status")
    by_offset = ("status", "document_type", "limit", "offset")
    # None, as in list_documents(None, "invoice"), can only be C's status.
    names = by_offset if positional and not isinstance(positional[0], int) else by_page
    given: dict[str, Any] = dict(zip(names, positional, strict=False))
    if len(positional) > len(names) or not given.keys().isdisjoint(keywords):
        raise TypeError(f"list_documents() takes {', '.join(names)}, each once")
    given |= keywords
    unknown = given.keys() - {*by_page, *by_offset, "page_size"}
    if unknown:
        raise TypeError(f"list_documents() has no parameter {', '.join(sorted(unknown))}")
    query = Query(given.get("status"), given.get("tag"), given.get("document_type"))
    if given.get("limit") is not None or given.get("offset"):
        return query, Span.part(given.get("offset") or 0, given.get("limit") or 20)
    return query, Span.page(given.get("page", 1), given.get("per_page", given.get("page_size", 20)))


class UserFields(TypedDict, total=False):
    """What the SDK knows of a user, as far as the old client could set it."""

    email: str
    password: str
    full_name: str | None
    roles: Iterable[str] | None
    is_active: bool | None


class WebhookFields(TypedDict, total=False):
    """What the SDK knows of a webhook, as far as the old client could set it."""

    url: str
    event_types: Iterable[str]
    description: str | None
    is_active: bool | None


class Period(TypedDict, total=False):
    """A period of time."""

    since: datetime
    until: datetime


def new_user(**given: object) -> UserFields:
    """Return the fields of a user in the words of v2."""
    role = given.pop("role", None)
    fields = {name: value for name, value in given.items() if value is not None}
    return cast("UserFields", fields if role is None else {**fields, "roles": [role]})


def new_webhook(**given: object) -> WebhookFields:
    """Return the fields of a webhook in the words of v2."""
    names = formats.WEBHOOK_KEYS
    fields = {names.get(name, name): value for name, value in given.items() if value is not None}
    return cast("WebhookFields", fields)


def period(since: object, until: object) -> Period:
    """Return a period of time; text is RFC 3339."""
    given = (("since", since), ("until", until))
    return cast("Period", {name: as_time(value) for name, value in given if value is not None})
