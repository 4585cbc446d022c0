"""The same operations against a server that has only v1, as one table.

An operation that is missing in the table, or a parameter that its row does not name, cannot be expressed
in v1. Answers are converted with `ablage_sdk.formats` before the operation reads them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from ablage_sdk import formats
from ablage_sdk._exceptions import UnsupportedByServer
from ablage_sdk._response import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import JsonValue

    from ablage_sdk._operation import Operation, Query

__all__ = ["FIRST_PAGE", "TABLE", "cursor_version", "downgrade", "lost_cursor", "may_repeat", "unsupported"]

T = TypeVar("T")
Convert = "Callable[[dict[str, object]], Mapping[str, object]]"

#: A cursor of v1 is the number of a page.
_CURSOR: Final = "page:"
FIRST_PAGE: Final = f"{_CURSOR}1"
_PAGE_SIZE: Final = 50


def _unchanged(value: dict[str, object]) -> Mapping[str, object]:
    return value


def _page(
    item: Callable[[dict[str, object]], Mapping[str, object]],
) -> Callable[[dict[str, object]], Mapping[str, object]]:
    """Return a converter of a v1 page, given that of an item."""

    def convert(page: dict[str, object]) -> Mapping[str, object]:
        items = page.get("items")
        number, pages = page.get("page"), page.get("total_pages")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How v1 expresses an operation.

    Attributes:
        parameters: Query parameters and members of the body that v1 has.
        query: Converts the query.
        body: Converts a JSON body.
        answer: Converts the JSON of the answer; ``None`` for answers that are not JSON.
        headers: Headers of the operation that v1 honours; others may be left out only when optional.
    """

    parameters: frozenset[str] = frozenset()
    query: Callable[[Query], Query] = lambda query: query
    body: Callable[[dict[str, object]], Mapping[str, object]] = _unchanged
    answer: Callable[[dict[str, object]], Mapping[str, object]] | None = _unchanged


def _token(token: dict[str, object]) -> Mapping[str, object]:
    user = token.get("user")
    return {**token, "user": formats.users.up(user)} if isinstance(user, dict) else token


def _user_body(body: dict[str, object]) -> Mapping[str, object]:
    """``roles`` as ``role``: there is one."""
    roles = body.pop("roles", None)
    if isinstance(roles, list):
        if len(roles) != 1:
            msg = "API 1.0 gives a user exactly one role; upgrade the server for more, or none"
            raise UnsupportedByServer(msg, operation="users", needs="2.0")
        body["role"] = roles[0]
    return body


def _webhook_body(body: dict[str, object]) -> Mapping[str, object]:
    """The old names too: the oldest servers know no others."""
    old = {old: body[new] for old, new in formats.WEBHOOK_KEYS.items() if new in body}
    return {**body, **old}


_USER: Final = frozenset({"email", "password", "full_name", "roles", "is_active"})
_WEBHOOK: Final = frozenset({"url", "event_types", "description", "is_active"})
_LIST: Final = frozenset({"limit", "cursor", "order", "include"})

TABLE: Final[Mapping[str, Row]] = {
    "documents.upload": Row(answer=formats.documents.up),
    "documents.get": Row(answer=formats.documents.up),
    "documents.list": Row(
        parameters=_LIST | {"status", "tag"}, query=_list_query, answer=_page(formats.documents.up)
    ),
    "documents.search": Row(parameters=_LIST | {"q"}, query=_list_query, answer=_page(formats.documents.up)),
    "documents.update": Row(
        parameters=frozenset({"metadata", "tags", "filename"}), answer=formats.documents.up
    ),
    "documents.delete": Row(answer=None),
    "documents.download": Row(answer=None),
    "documents.get_extracted_text": Row(),
    "documents.reprocess": Row(parameters=frozenset({"ocr_backend"}), answer=formats.documents.up),
    "users.list": Row(parameters=_LIST, query=_list_query, answer=_page(formats.users.up)),
    "users.get": Row(answer=formats.users.up),
    "users.create": Row(parameters=_USER, body=_user_body, answer=formats.users.up),
    "users.update": Row(parameters=_USER, body=_user_body, answer=formats.users.up),
    "users.delete": Row(answer=None),
    "api_keys.list": Row(parameters=_LIST, query=_list_query, answer=_page(_unchanged)),
    "api_keys.create": Row(parameters=frozenset({"name", "scopes", "expires_at"})),
    "api_keys.revoke": Row(answer=None),
    "webhooks.list": Row(parameters=_LIST, query=_list_query, answer=_page(formats.webhooks.up)),
    "webhooks.get": Row(answer=formats.webhooks.up),
    "webhooks.create": Row(parameters=_WEBHOOK, body=_webhook_body, answer=formats.webhooks.up),
    "webhooks.update": Row(parameters=_WEBHOOK, body=_webhook_body, answer=formats.webhooks.up),
    "webhooks.delete": Row(answer=None),
    "webhooks.rotate_secret": Row(answer=formats.webhooks.up),
    "webhooks.test": Row(),
    "webhooks.deliveries": Row(parameters=_LIST, query=_list_query, answer=_page(_unchanged)),
    "webhooks.redeliver": Row(),
    "analytics.usage": Row(parameters=frozenset({"since", "until"})),
    "analytics.metrics": Row(parameters=frozenset({"since", "until"})),
    "auth.login": Row(parameters=frozenset({"email", "password"}), answer=_token),
    "auth.refresh": Row(parameters=frozenset({"refresh_token"}), answer=_token),
    "auth.logout": Row(parameters=frozenset({"refresh_token"}), answer=None),
    "auth.me": Row(answer=formats.users.up),
}

#: Headers without which a request still means the same.
_OPTIONAL_HEADERS: Final = frozenset({"accept", "accept-encoding", "prefer", "range", "if-range"})


def downgrade(operation: Operation[T]) -> Operation[T]:
    """Return the operation in the words of v1.

    Raises:
        UnsupportedByServer: v1 has no words for it.
    """
    row = TABLE.get(operation.name)
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


def _reader(read: Callable[[Answer], T], row: Row) -> Callable[[Answer], T]:
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
