"""Parts of lists: by number, or after a cursor that says after which row to go on."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from server_stub.errors import InvalidRequestError, invalid_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Select
    from sqlalchemy.engine import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.storage.queries.lists import Order, Sorted

T = TypeVar("T")

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
#: The one list that is sorted by a number; all others are by time.
BY_SCORE = "search"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = 4


@dataclass(frozen=True, slots=True)
class AfterCursor:
    """The part of a list that comes after a cursor, or its beginning.

    Attributes:
        limit: How many rows at most.
        cursor: ``next_cursor`` of the part before.
        order: Which way round; ``desc`` for the newest first.
    """

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    order: Order = "desc"


@dataclass(frozen=True, slots=True)
class ByNumber:
    """A part of a list by number.

    Attributes:
        offset: How many rows to leave out at the beginning.
        limit: How many at most.
        order: Which way round.
    """

    offset: int
    limit: int
    order: Order = "desc"


Window: TypeAlias = AfterCursor | ByNumber


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A part of a list.

    Attributes:
        items: The rows of this part.
        next_cursor: Where the next part begins; ``None`` at the end, and for parts by number.
        total: How many rows there are in all; counted only for parts by number.
    """

    items: list[T]
    next_cursor: str | None = None
    total: int = 0


async def read(
    conn: AsyncConnection,
    rows: Sorted,
    window: Window,
    kind: str,
    item: Callable[[RowMapping], T],
    *,
    extend: Callable[[Select[Any]], Select[Any]] = lambda statement: statement,
) -> Listing[T]:
    """Read a part of a list.

    Args:
        conn: The connection.
        rows: The list.
        window: Which part.
        kind: Names the list: cursors of one are refused by another.
        item: Turns a row into what is listed.
        extend: Adds what only the rows of this part need.

    Raises:
        InvalidRequestError: The cursor is none of this list and order.
    """
    if isinstance(window, ByNumber):
        statement = rows.numbered(offset=window.offset, limit=window.limit, order=window.order)
        found = (await conn.execute(extend(statement))).mappings().all()
        # Counted last: counted first, a row that comes in between pushes another off the last page.
        return Listing([item(row) for row in found], total=await conn.scalar(rows.count()) or 0)
    after = decode(window.cursor, kind)
    statement = rows.after(after, order=window.order, limit=window.limit + 1)
    found = (await conn.execute(extend(statement))).mappings().all()
    items = [item(row) for row in found[: window.limit]]
    if len(found) <= window.limit:
        return Listing(items)
    last = found[window.limit - 1]
    position = Position(last[rows.key.key or ""], last[rows.id.key or ""])
    return Listing(items, position.encode(kind))


class Position(NamedTuple):
    """Where a page ended: the sort key of its last row."""

    key: datetime | float
    id: UUID

    def encode(self, kind: str) -> str:
        """Return the opaque cursor; ``kind`` keeps cursors of one list out of another."""
        if isinstance(self.key, datetime):
            key = f"t{(self.key - _EPOCH) // timedelta(microseconds=1):x}"
        else:
            key = f"f{self.key.hex()}"
        return base64.urlsafe_b64encode(f"1|{kind}|{key}|{self.id.hex}".encode()).decode().rstrip("=")


def decode(cursor: str | None, kind: str) -> Position | None:
    """Read a cursor.

    Args:
        cursor: What an earlier page gave as ``next_cursor``; ``None`` for the first page.
        kind: The list that it must belong to.

    Raises:
        InvalidRequestError: It is not a cursor of this list and order.
    """
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        parts = text.split("|")
        if len(parts) != _FIELDS or parts[0] != "1":
            raise _bad_cursor()
        _, found, key, ident = parts
        if found != kind:
            raise invalid_field(
                "cursor", "belongs to another list or order. Use it with the parameters that it came from."
            )
        position = Position(_decode_key(key), UUID(hex=ident))
    except (ValueError, OverflowError, binascii.Error):
        raise _bad_cursor() from None
    if isinstance(position.key, float) is not (kind == BY_SCORE):
        raise _bad_cursor()
    return position


def _decode_key(key: str) -> datetime | float:
    if key.startswith("t"):
        return _EPOCH + timedelta(microseconds=int(key[1:], 16))
    return float.fromhex(key[1:])


def _bad_cursor() -> InvalidRequestError:
    return invalid_field("cursor", "is not a cursor. Use next_cursor of the page before, unchanged.")
