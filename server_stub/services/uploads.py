"""Taking a document in: file, row, job and event, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server_stub.errors import AblageServerError, InvalidFormatError
from server_stub.ocr.detect import sniff
from server_stub.services import events
from server_stub.services.document_validation import (
    check_backend,
    check_document_type,
    check_language,
    check_metadata,
    check_tags,
    clean_filename,
)
from server_stub.services.documents import fetch
from server_stub.services.idempotency import AnsweredBeforeError, once
from server_stub.storage import ids
from server_stub.storage.queries import documents as stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.services.idempotency import Claim
    from server_stub.storage.queries.document_fields import Document

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


async def upload(
    services: Services,
    actor: Actor,
    staged: StagedFile,
    new: NewDocument,
    claim: Claim[Document] | None = None,
) -> Document:
    """Take a document in: its bytes, its row with tags, the job and the event.

    Args:
        services: The running server.
        actor: Who uploads.
        staged: The file; it is moved away when it is stored.
        new: What is said about it.
        claim: To have it done once.

    Raises:
        InvalidFormatError: Empty, or not PDF, PNG, JPEG, TIFF or WebP by its content.
        InvalidRequestError: A value is wrong.
        PermissionDeniedError: The actor may not create documents.
    """
    actor.require("documents", "create")
    document_id = ids.new_id()
    key = f"{FILES}/{document_id.hex[-2:]}/{document_id}"
    values = {
        "id": document_id,
        "user_id": actor.user_id,
        "storage_key": key,
        **_columns(services, staged, new),
    }
    tags = check_tags(new.tags)

    async def work(conn: AsyncConnection) -> Document:
        await stored.insert(conn, values, tags)
        await events.record(services, conn, "document.created", document_id)
        await services.queue.defer_recognition(conn, document_id)
        # The owner may create and yet not read: that is no reason to refuse the answer.
        return await fetch(conn, actor, document_id, "create")

    await services.files.put(staged.path, key)
    try:
        return await once(services, actor, claim, work)
    except (AblageServerError, AnsweredBeforeError):
        await services.files.delete(key)
        raise
    # Any other error leaves open whether the row was committed: the file stays, and if there is no row the
    # sweep finds it.


def _columns(services: Services, staged: StagedFile, new: NewDocument) -> dict[str, object]:
    """Check what was uploaded and return the columns of its row."""
    mime_type = sniff(staged.head) if staged.size else None
    if mime_type is None:
        found = "The file is empty." if not staged.size else "The content of the file is of no known type."
        raise InvalidFormatError(f"{found} Upload a PDF, PNG, JPEG, TIFF or WebP file.")
    return {
        "filename": clean_filename(staged.filename),
        "size": staged.size,
        "mime_type": mime_type,
        "sha256": staged.sha256,
        "status": "pending",
        "ocr_backend": check_backend(new.ocr_backend or services.settings.ocr_backend),
        "language": check_language(new.language or "de"),
        "document_type": new.document_type and check_document_type(new.document_type),
        "metadata_": check_metadata(new.metadata or {}),
    }
