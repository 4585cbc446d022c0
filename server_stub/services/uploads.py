"""Taking a document in: file, row, job and event, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.errors import InvalidFormatError
from server_stub.ocr.detect import sniff
from server_stub.services import events
from server_stub.services.document_values import (
    check_backend,
    check_document_type,
    check_language,
    check_metadata,
    check_tags,
    clean_filename,
)
from server_stub.services.documents import fetch
from server_stub.services.tags import add_tags
from server_stub.storage import ids
from server_stub.storage.tables import documents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.services.document_rows import Document

#: How many bytes at the beginning of a file tell its type.
HEAD_BYTES = 4096
#: What the keys of stored files begin with.
FILES = "documents"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that has arrived, on this machine's disk.

    Attributes:
        path: Where it is; it belongs to the caller, who deletes it.
        size: Bytes.
        sha256: Hash of the bytes, hexadecimal.
        head: The first bytes.
        filename: What the client calls it.
    """

    path: Path
    size: int
    sha256: str
    head: bytes = field(repr=False)
    filename: str


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What a client says about a document when it uploads it."""

    ocr_backend: str | None = None
    language: str | None = None
    tags: Sequence[str] = ()
    metadata: Mapping[str, object] | None = None
    document_type: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A checked upload, ready to be stored.

    Attributes:
        document_id: Its id-to-be.
        storage_key: Where its bytes are kept.
        values: The columns of its row.
        tags: Its tags.
    """

    document_id: UUID
    storage_key: str
    values: Mapping[str, object]
    tags: Sequence[str]


def accept(services: Services, actor: Actor, staged: StagedFile, new: NewDocument) -> Accepted:
    """Check an upload without storing anything.

    Raises:
        InvalidFormatError: Empty, or not PDF, PNG, JPEG, TIFF or WebP by its content.
        InvalidRequestError: A value is wrong.
        PermissionDeniedError: The actor may not create documents.
    """
    actor.require("documents", "create")
    mime_type = sniff(staged.head) if staged.size else None
    if mime_type is None:
        found = "The file is empty." if not staged.size else "The content of the file is of no known type."
        raise InvalidFormatError(f"{found} Upload a PDF, PNG, JPEG, TIFF or WebP file.")
    document_id = ids.new_id()
    key = f"{FILES}/{document_id.hex[-2:]}/{document_id}"
    return Accepted(
        document_id,
        key,
        {
            "id": document_id,
            "user_id": actor.user_id,
            "filename": clean_filename(staged.filename),
            "storage_key": key,
            "size": staged.size,
            "mime_type": mime_type,
            "sha256": staged.sha256,
            "status": "pending",
            "ocr_backend": check_backend(new.ocr_backend or services.settings.ocr_backend),
            "language": check_language(new.language or "de"),
            "document_type": new.document_type and check_document_type(new.document_type),
            "metadata_": check_metadata(new.metadata or {}),
        },
        check_tags(new.tags),
    )


async def store(services: Services, actor: Actor, accepted: Accepted, conn: AsyncConnection) -> Document:
    """Write the row, its tags, the job and the event, in the caller's transaction.

    The bytes must be in the file store already. When the transaction is refused the caller deletes them.
    """
    await conn.execute(sa.insert(documents), accepted.values)
    await add_tags(conn, accepted.document_id, accepted.tags)
    if services.settings.enable_webhooks:
        await events.record(conn, "document.created", accepted.document_id)
    await services.queue.defer_recognition(conn, accepted.document_id)
    # The owner may create and yet not read: that is no reason to refuse the answer.
    return await fetch(conn, actor, accepted.document_id, action="create")
