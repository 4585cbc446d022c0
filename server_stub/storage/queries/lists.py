"""Parts of sorted lists: after a row (keyset pagination), or by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import sqlalchemy as sa

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.sql.elements import ColumnElement

Order: TypeAlias = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class Sorted:
    """A statement and the columns that its rows are sorted by.

    Attributes:
        statement: All rows, in any order.
        key: What they are sorted by.
        id: What sorts rows of the same key.
    """

    statement: sa.Select[Any]
    key: ColumnElement[Any]
    id: ColumnElement[Any]

    def after(
        self, place: tuple[datetime | float, UUID] | None, *, order: Order, limit: int
    ) -> sa.Select[Any]:
        """Return the rows after one, or the first ones.

        Args:
            place: Key and id of the last row before.
            order: Which way round.
            limit: How many at most.
        """
        statement = self.statement
        if place is not None:
            here = sa.tuple_(self.key, self.id)
            bound = sa.tuple_(sa.literal(place[0], self.key.type), sa.literal(place[1]))
            statement = statement.where(here < bound if order == "desc" else here > bound)
        return statement.order_by(*self._columns(order)).limit(limit)

    def numbered(self, *, offset: int, limit: int, order: Order) -> sa.Select[Any]:
        """Return some rows by number; those without a key come last."""
        return self.statement.order_by(*self._columns(order)).offset(offset).limit(limit)

    def count(self) -> sa.Select[Any]:
        """Return how many rows there are. What the statement joins has exactly one row for each."""
        count = sa.select(sa.func.count()).select_from(self.id.table)
        where = self.statement.whereclause
        return count if where is None else count.where(where)

    def _columns(self, order: Order) -> list[ColumnElement[Any]]:
        columns: list[ColumnElement[Any]] = []
        for column in (self.key, self.id):
            sorted_ = column.desc() if order == "desc" else column.asc()
            # Said only where it matters: an index is in PostgreSQL's own order.
            columns.append(sorted_.nulls_last() if getattr(column, "nullable", False) else sorted_)
        return columns
