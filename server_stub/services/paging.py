"""Pages by key: cursors that say after which row to go on."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar, cast
from uuid import UUID

from server_stub.errors import InvalidRequestError, invalid_field

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
Order: TypeAlias = Literal["asc", "desc"]

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
#: The one list that is sorted by a number; all others are by time.
BY_SCORE = "search"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = 4


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list.

    Attributes:
        items: The rows of this page.
        next_cursor: What to ask for next; ``None`` at the end.
    """

    items: list[T]
    next_cursor: str | None

    def as_json(self) -> dict[str, object]:
        """Return the list envelope of API v2."""
        return {
            "items": self.items,
            "next_cursor": self.next_cursor,
            "has_more": self.next_cursor is not None,
        }


@dataclass(frozen=True, slots=True)
class Numbered(Generic[T]):
    """A part of a list by number, as API v1 asks for it."""

    items: list[T]
    total: int


@dataclass(frozen=True, slots=True)
class Position:
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


def cut(rows: Sequence[dict[str, object]], limit: int, kind: str) -> Page[dict[str, object]]:
    """Make a page of rows that were asked for with one more than fits.

    Args:
        rows: Up to ``limit + 1`` rows with ``id`` and ``created_at``.
        limit: How many fit.
        kind: The list that they belong to.
    """
    if len(rows) <= limit:
        return Page(list(rows), None)
    last = rows[limit - 1]
    position = Position(cast("datetime", last["created_at"]), cast("UUID", last["id"]))
    return Page(list(rows[:limit]), position.encode(kind))


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
