"""The same operations against a server that has only v1.

An endpoint says how v1 expresses it with a `V1`; without one, or for a parameter that it does not name,
there is no way to say it in v1. Answers are converted with `ablage_sdk.formats` before the operation reads
them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from ablage_sdk._exceptions import UnsupportedByServer
from ablage_sdk._operation import V1, unchanged
from ablage_sdk._response import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import JsonValue

    from ablage_sdk._operation import Convert, Operation, Query

__all__ = [
    "FIRST_PAGE",
    "cursor_version",
    "downgrade",
    "listed",
    "lost_cursor",
    "may_repeat",
    "unsupported",
]

T = TypeVar("T")

#: A cursor of v1 is the number of a page.
_CURSOR: Final = "page:"
FIRST_PAGE: Final = f"{_CURSOR}1"
_PAGE_SIZE: Final = 50


def _page(item: Convert) -> Convert:
    """Return a converter of a v1 page, given that of an item."""

    def convert(answer: dict[str, object]) -> Mapping[str, object]:
        items = answer.get("items")
        number, pages = answer.get("page"), answer.get("total_pages")
        more = isinstance(number, int) and isinstance(pages, int) and number < pages
        return {
            "items": [item(each) if isinstance(each, dict) else each for each in items]
            if isinstance(items, list)
            else items,
            "next_cursor": f"{_CURSOR}{number + 1}" if more and isinstance(number, int) else None,
            "has_more": more,
        }

    return convert


def cursor_version(query: Query) -> str | None:
    """Return the version whose cursor a query holds, and in which it must be sent; ``None`` without one."""
    cursor = dict(query).get("cursor")
    return None if cursor is None else "1.0" if cursor.startswith(_CURSOR) else "2.0"


def lost_cursor(operation: Operation[T], needs: str) -> UnsupportedByServer:
    """Return the error for a cursor of a version that the server has stopped speaking."""
    msg = f"the server stopped speaking API {needs} in the middle of a list; start the list again"
    return UnsupportedByServer(msg, operation=operation.name, needs=needs)


def may_repeat(cursor: str | None) -> bool:
    """Tell whether the list behind a cursor can show an item twice."""
    return cursor is not None and cursor.startswith(_CURSOR)


def _list_query(query: Query) -> Query:
    """``limit``, ``cursor`` and ``order`` in the words of v1."""
    names = {"limit": "page_size", "order": "sort_order"}
    rest = {name: value for name, value in query if name != "cursor"}
    rest.pop("include", None)  # v1 always includes everything
    cursor = dict(query).get("cursor", FIRST_PAGE)
    rest.setdefault("limit", str(_PAGE_SIZE))
    # v1 has pages of at most 100.
    rest["limit"] = str(min(int(rest["limit"]), 100))
    return tuple(
        (names.get(name, name), value) for name, value in [*rest.items(), ("page", cursor[len(_CURSOR) :])]
    )


#: What lists take in both versions.
_LIST_PARAMETERS: Final = frozenset({"limit", "cursor", "order", "include"})


def listed(item: Convert = unchanged, *parameters: str) -> V1:
    """Return how v1 expresses a list.

    Args:
        item: Converts an item.
        parameters: Those that v1 has besides what all lists take.
    """
    return V1(parameters=_LIST_PARAMETERS.union(parameters), query=_list_query, answer=_page(item))


#: Headers without which a request still means the same.
_OPTIONAL_HEADERS: Final = frozenset({"accept", "accept-encoding", "prefer", "range", "if-range"})


def downgrade(operation: Operation[T]) -> Operation[T]:
    """Return the operation in the words of v1.

    Raises:
        UnsupportedByServer: v1 has no words for it.
    """
    row = operation.v1
    if not operation.versioned:
        return operation
    if row is None:
        raise unsupported(operation, operation.name)
    given = [name for name, _ in operation.query]
    if isinstance(operation.json, dict):
        given += operation.json
    given += [name.lower() for name, _ in operation.headers if name.lower() not in _OPTIONAL_HEADERS]
    for name in given:
        if name not in row.parameters:
            raise unsupported(operation, f"{operation.name}({name.replace('-', '_')}=…)")
    body: JsonValue = operation.json
    if isinstance(body, dict):
        body = dict(row.body(dict(body)))  # type: ignore[arg-type]  # JSON in, JSON out
    return replace(operation, query=row.query(operation.query), json=body, read=_reader(operation.read, row))


def _reader(read: Callable[[Answer], T], row: V1) -> Callable[[Answer], T]:
    convert = row.answer
    if convert is None:
        return read

    def converted(answer: Answer) -> T:
        try:
            body = json.loads(answer.content)
        except ValueError:
            return read(answer)  # which says what is wrong with it
        return read(
            Answer(answer.info, json.dumps(convert(body)).encode()) if isinstance(body, dict) else answer
        )

    return converted


def unsupported(operation: Operation[T], what: str) -> UnsupportedByServer:
    """Return the error for something that the server, or v1, does not have."""
    return UnsupportedByServer(
        f"{what} needs API version 2.0, but the server speaks only 1.0; upgrade the server",
        operation=operation.name,
        needs="2.0",
    )
