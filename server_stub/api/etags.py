"""Entity tags of documents, and the conditions that clients tie to them (RFC 9110, sections 8.8.3 and 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_stub.api.errors import HTTPError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from server_stub.storage.queries.document_fields import Document


def etag(document_id: UUID, updated_at: datetime) -> str:
    """Return the entity tag of a document: another one after every change.

    Args:
        document_id: Its id.
        updated_at: When it was last changed; microseconds count.
    """
    return f'"{document_id.hex}-{int(updated_at.timestamp()) * 1_000_000 + updated_at.microsecond:x}"'


def etag_of(document: Document) -> str:
    """Return the entity tag of the state in which a document is answered."""
    return etag(document["id"], document["updated_at"])  # type: ignore[arg-type] # columns of the row


def etags(header: str) -> list[str]:
    """Return the entity tags of ``If-Match`` or ``If-None-Match``."""
    return [tag.strip().removeprefix("W/") for tag in header.split(",")] if header else []


def matching(if_match: str | None) -> Callable[[Document], None] | None:
    """Return what refuses a document that is in none of the states of ``If-Match``; ``None`` without one."""
    wanted = etags(if_match or "")
    if not wanted or "*" in wanted:
        return None

    def check(document: Document) -> None:
        current = etag_of(document)
        if current not in wanted:
            raise HTTPError(
                f"Document {document['id']} was changed in the meantime: its ETag is {current} now. "
                "Read it again and repeat the change.",
                code="PRECONDITION_FAILED",
                headers={"ETag": current},
            )

    return check
