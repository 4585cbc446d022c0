"""Search: the documents that match, the best first."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, cast

from server_stub.services import paging
from server_stub.storage.queries.document_fields import as_document
from server_stub.storage.queries.document_search import START, STOP, highlighted, ranked

if TYPE_CHECKING:
    from sqlalchemy.engine import RowMapping

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.storage.queries.document_fields import Document
    from server_stub.storage.queries.document_filters import Filters

MAX_QUERY = 500


async def search(
    services: Services,
    actor: Actor,
    query: str,
    filters: Filters,
    window: paging.Window,
    *,
    blocks: bool = False,
) -> paging.Listing[Document]:
    """Return the documents that match, the best first, with ``score`` and ``highlight``.

    Args:
        services: The running server.
        actor: Who asks.
        query: Words; ``"…"`` for phrases, ``or``, and ``-`` to leave out.
        filters: Which documents.
        window: Which part of them.
        blocks: Whether ``ocr_result.blocks`` is included.

    Raises:
        InvalidRequestError: The cursor is none of a search.
    """
    actor.require("documents", "read")

    def item(row: RowMapping) -> Document:
        document = as_document(row, blocks=blocks)
        document["highlight"] = mark(cast("str", document["highlight"]))
        return document

    async with services.db.connect() as conn:
        return await paging.read(
            conn,
            ranked(actor.owner_filter("read"), query, filters),
            window,
            paging.BY_SCORE,
            item,
            extend=lambda rows: highlighted(rows, query, blocks=blocks),
        )


def mark(headline: str) -> str:
    """Escape a headline for HTML and turn its marks into tags."""
    return html.escape(headline).replace(START, "<mark>").replace(STOP, "</mark>")
