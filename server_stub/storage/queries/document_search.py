"""Full-text search in German: ranked, with highlights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from server_stub.storage.queries.document_fields import FULL, LISTED
from server_stub.storage.queries.document_filters import conditions
from server_stub.storage.queries.lists import Sorted
from server_stub.storage.tables import documents

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.sql.elements import ColumnElement

    from server_stub.storage.queries.document_filters import Filters

d = documents.c

#: Of more matches than these only the newest are ranked: ranking reads the text of each.
MAX_RANKED = 2_000
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
START, STOP = "\x02", "\x03"
_HEADLINE = (
    f'StartSel="{START}", StopSel="{STOP}", MaxFragments=2, MaxWords=25, MinWords=8, FragmentDelimiter=" … "'
)


def ranked(owner: UUID | None, query: str, filters: Filters) -> Sorted:
    """Return the ids of the documents that match, and how well.

    Args:
        owner: Whose they must be; ``None`` for anybody's.
        query: Words; ``"…"`` for phrases, ``or``, and ``-`` to leave out.
        filters: Which documents.
    """
    parsed = sa.func.websearch_to_tsquery(_GERMAN, query)
    newest = (
        sa.select(d.id, d.filename, _VECTOR.label("vector"))
        .where(_VECTOR.op("@@")(parsed), *conditions(owner, filters))
        .order_by(d.created_at.desc(), d.id.desc())
        .limit(MAX_RANKED)
        .subquery()
    )
    # Between 0 and 1; who looks for words of a file name means that file.
    named = sa.cast(sa.func.to_tsvector(_GERMAN, _named(newest.c.filename)).op("@@")(parsed), sa.Integer)
    score = (sa.cast(sa.func.ts_rank_cd(newest.c.vector, parsed, 32), sa.Double) + named) / 2
    best = sa.select(newest.c.id, score.label("score")).subquery("ranked")
    return Sorted(sa.select(best.c.id, best.c.score), best.c.score, best.c.id)


def highlighted(found: sa.Select[Any], query: str, *, blocks: bool) -> sa.Select[Any]:
    """Return whole documents for rows of `ranked`, the best first, with the places that match.

    Args:
        found: The rows.
        query: What was searched for.
        blocks: Whether ``ocr_result.blocks`` is included.
    """
    best = found.subquery("best")
    parsed = sa.func.websearch_to_tsquery(_GERMAN, query)
    plain = sa.func.translate(_TEXT, START + STOP, "")
    headline = sa.func.ts_headline(_GERMAN, plain, parsed, _HEADLINE)
    return (
        sa.select(*(FULL if blocks else LISTED), best.c.score, headline.label("highlight"))
        .select_from(documents.join(best, best.c.id == d.id))
        .order_by(best.c.score.desc(), d.id.desc())
    )
