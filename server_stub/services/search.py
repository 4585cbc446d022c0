"""Full-text search in German: ranked, with highlights."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from server_stub.services import paging
from server_stub.services.document_rows import FULL, WITHOUT_BLOCKS, Document, as_document
from server_stub.services.documents import conditions, owned
from server_stub.storage.tables import documents

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.sql.elements import ColumnElement

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.services.documents import Filters

d = documents.c

#: Of more matches than these only the newest are ranked: ranking reads the text of each.
MAX_RANKED = 2_000
MAX_QUERY = 500
# The same expression as that of the index ix_documents_search, without parameters: with one it is not used.
_GERMAN: ColumnElement[Any] = sa.literal_column("'german'::regconfig")
_EMPTY: ColumnElement[str] = sa.literal_column("''")
_BLANK: ColumnElement[str] = sa.literal_column("' '")
_INDEXED: ColumnElement[int] = sa.literal_column("250000")
_TEXT: ColumnElement[str] = sa.func.left(sa.func.coalesce(d.extracted_text, _EMPTY), _INDEXED)
# A name such as "scan_rechnung-03.pdf" is one word to PostgreSQL, as the name of a host is: it is searched as
# it is, and with blanks for marks.
_MARKS: ColumnElement[str] = sa.literal_column("'._-+,()[]'")
_BLANKS: ColumnElement[str] = sa.literal_column("'         '")


def _named(filename: ColumnElement[str]) -> ColumnElement[str]:
    return filename.op("||")(_BLANK).op("||")(sa.func.translate(filename, _MARKS, _BLANKS))


_ALL: ColumnElement[str] = _named(d.filename).op("||")(_BLANK).op("||")(_TEXT)
_VECTOR: ColumnElement[str] = sa.func.to_tsvector(_GERMAN, _ALL)
# Marks that no text can hold, because they are taken out of it first; they become tags after escaping.
_START, _STOP = "\x02", "\x03"
_HEADLINE = (
    f'StartSel="{_START}", StopSel="{_STOP}", '
    'MaxFragments=2, MaxWords=25, MinWords=8, FragmentDelimiter=" … "'
)


async def search_page(
    services: Services,
    actor: Actor,
    query: str,
    filters: Filters,
    *,
    limit: int,
    cursor: str | None,
) -> paging.Page[Document]:
    """Return the documents that match, the best first.

    Args:
        services: The running server.
        actor: Who asks.
        query: Words; ``"…"`` for phrases, ``or``, and ``-`` to leave out.
        filters: Which documents.
        limit: How many at most.
        cursor: ``next_cursor`` of the page before.
    """
    actor.require("documents", "read")
    after = paging.decode(cursor, paging.BY_SCORE)
    ranked = _ranked(actor, query, filters)
    statement = sa.select(ranked.c.id, ranked.c.score)
    if after is not None:
        bound = sa.tuple_(sa.literal(after.key, sa.Double), sa.literal(after.id))
        statement = statement.where(sa.tuple_(ranked.c.score, ranked.c.id) < bound)
    statement = statement.order_by(ranked.c.score.desc(), ranked.c.id.desc()).limit(limit + 1)
    rows = await _fetch(services, query, statement, blocks=False)
    if len(rows) <= limit:
        return paging.Page(rows, None)
    last = rows[limit - 1]
    position = paging.Position(cast("float", last["score"]), cast("UUID", last["id"]))
    return paging.Page(rows[:limit], position.encode(paging.BY_SCORE))


async def search_numbered(
    services: Services, actor: Actor, query: str, filters: Filters, *, offset: int, limit: int
) -> paging.Numbered[Document]:
    """Return the documents that match by number, the best first."""
    actor.require("documents", "read")
    ranked = _ranked(actor, query, filters)
    statement = (
        sa.select(ranked.c.id, ranked.c.score)
        .order_by(ranked.c.score.desc(), ranked.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    found = await _fetch(services, query, statement, blocks=True)
    async with services.db.connect() as conn:
        total = await conn.scalar(sa.select(sa.func.count()).select_from(ranked))
    return paging.Numbered(found, total or 0)


def _ranked(actor: Actor, query: str, filters: Filters) -> sa.Subquery:
    parsed = sa.func.websearch_to_tsquery(_GERMAN, query)
    newest = (
        sa.select(d.id, d.filename, _VECTOR.label("vector"))
        .where(_VECTOR.op("@@")(parsed), *owned(actor, "read"), *conditions(filters))
        .order_by(d.created_at.desc(), d.id.desc())
        .limit(MAX_RANKED)
        .subquery()
    )
    # Between 0 and 1; who looks for words of a file name means that file.
    named = sa.cast(sa.func.to_tsvector(_GERMAN, _named(newest.c.filename)).op("@@")(parsed), sa.Integer)
    score = (sa.cast(sa.func.ts_rank_cd(newest.c.vector, parsed, 32), sa.Double) + named) / 2
    return sa.select(newest.c.id, score.label("score")).subquery("ranked")


async def _fetch(services: Services, query: str, best: sa.Select[Any], *, blocks: bool) -> list[Document]:
    found = best.subquery("best")
    parsed = sa.func.websearch_to_tsquery(_GERMAN, query)
    plain = sa.func.translate(_TEXT, _START + _STOP, "")
    headline = sa.func.ts_headline(_GERMAN, plain, parsed, _HEADLINE)
    statement = (
        sa.select(*(FULL if blocks else WITHOUT_BLOCKS), found.c.score, headline.label("highlight"))
        .select_from(documents.join(found, found.c.id == d.id))
        .order_by(found.c.score.desc(), d.id.desc())
    )
    async with services.db.connect() as conn:
        rows = (await conn.execute(statement)).mappings().all()
    return [_found(row, blocks=blocks) for row in rows]


def _found(row: RowMapping, *, blocks: bool) -> Document:
    document = as_document(row, blocks=blocks)
    document["highlight"] = mark(cast("str", document["highlight"]))
    return document


def mark(headline: str) -> str:
    """Escape a headline for HTML and turn its marks into tags."""
    return html.escape(headline).replace(_START, "<mark>").replace(_STOP, "</mark>")
