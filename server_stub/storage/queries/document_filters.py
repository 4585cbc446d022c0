"""Which documents somebody wants, and may see: the conditions of lists, of the search, and of hot reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server_stub.storage.tables import document_tags, documents

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.sql.elements import ColumnElement

d = documents.c

# Filter → the column that it is compared with, and how.
_COMPARED = (
    ("status", "status", "="),
    ("language", "language", "="),
    ("ocr_backend", "ocr_backend", "="),
    ("document_type", "document_type", "="),
    ("created_after", "created_at", ">"),
    ("created_before", "created_at", "<"),
)
_TAGGED = "id IN (SELECT document_id FROM document_tags WHERE tag = $%d)"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents a list shows; what is ``None`` does not limit it."""

    status: str | None = None
    tag: str | None = None
    language: str | None = None
    ocr_backend: str | None = None
    document_type: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def owned(owner: UUID | None) -> list[ColumnElement[bool]]:
    """Return the condition that keeps other people's documents out; none for those who see all."""
    return [] if owner is None else [d.user_id == owner]


def conditions(owner: UUID | None, filters: Filters) -> list[ColumnElement[bool]]:
    """Return the conditions of a list."""
    found = owned(owner)
    for name, column, sign in _COMPARED:
        value = getattr(filters, name)
        if value is not None:
            found.append(d[column].bool_op(sign)(value))
    if filters.tag is not None:
        tagged = sa.select(document_tags.c.document_id).where(document_tags.c.tag == filters.tag)
        found.append(d.id.in_(tagged))
    return found


def sql_conditions(owner: UUID | None, filters: Filters) -> tuple[list[str], list[object]]:
    """Return the same conditions as SQL with numbered parameters, and the parameters' values."""
    given = [("user_id = ", owner)]
    given += [(f"{column} {sign} ", getattr(filters, name)) for name, column, sign in _COMPARED]
    used = [(condition, value) for condition, value in given if value is not None]
    where = [f"{condition}${number}" for number, (condition, _) in enumerate(used, start=1)]
    values: list[object] = [value for _, value in used]
    if filters.tag is not None:
        values.append(filters.tag)
        where.append(_TAGGED % len(values))
    return where, values
