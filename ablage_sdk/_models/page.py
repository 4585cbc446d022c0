"""The envelope of every list."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel

from ablage_sdk._models._base import Resource

__all__ = ["PageData"]

T = TypeVar("T", bound=BaseModel)


class PageData(Resource, Generic[T]):
    """One page of a list as the server sent it.

    Attributes:
        items: May be empty although more pages follow.
        next_cursor: Where the next page begins; ``None`` at the end.
        has_more: Whether a next page exists.
    """

    items: list[T]
    next_cursor: str | None = None
    has_more: bool = False
