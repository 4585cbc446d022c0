"""Tags of documents."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.storage import ids
from server_stub.storage.tables import document_tags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection


async def add_tags(conn: AsyncConnection, document_id: UUID, tags: Sequence[str]) -> None:
    """Give a document tags; they are answered in this order."""
    if not tags:
        return
    await conn.execute(
        sa.insert(document_tags).values(
            [
                {
                    "id": ids.new_id(),
                    "document_id": document_id,
                    "tag": tag,
                    # The time keeps the order; ids of rows that migrations made do not.
                    "created_at": sa.func.now() + timedelta(microseconds=number),
                }
                for number, tag in enumerate(tags)
            ]
        )
    )


async def replace_tags(conn: AsyncConnection, document_id: UUID, tags: Sequence[str]) -> None:
    """Give a document these tags and no others."""
    await conn.execute(sa.delete(document_tags).where(document_tags.c.document_id == document_id))
    await add_tags(conn, document_id, tags)
