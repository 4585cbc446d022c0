"""Addresses of the API in strings: ``/api/v1/…/ocr-text`` → ``/api/v2/…/extracted-text``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ablage_client_compat.migrate.code.walk import Walk

__all__ = ["rewrite_string"]

OLD_PATH, NEW_PATH = "/ocr-text", "/extracted-text"
OLD_PREFIX, NEW_PREFIX = "/api/v1/", "/api/v2/"
#: Names of web frameworks: the program has paths of its own.
SERVERS = frozenset({"FastAPI", "APIRouter", "Flask", "Blueprint", "Starlette", "django", "aiohttp"})
UNSURE = "if this is a path of the Ablage API: …/ocr-text is …/extracted-text now"
OLD_API = "API v1 is deprecated and ends on 2027-06-30: v2 is at /api/v2 and names some fields differently"

Text = cst.SimpleString | cst.FormattedStringText


def rewrite_string(walk: Walk, node: cst.SimpleString | cst.ConcatenatedString | cst.FormattedString) -> None:
    """Rewrite an address in a string, marking what may be one."""
    texts = list(_texts(node))
    values = [text.value for text in texts]
    if not any(OLD_PATH in value for value in values):
        whole = "".join(values).strip("\"'")
        if (walk.calling_http and OLD_PREFIX in whole) or _is_base(walk, node, whole):
            walk.mark(OLD_API)
        return
    if walk.decorating:
        walk.serves_old_path = True
        return
    whole = "…".join(values)
    before, _, _ = whole.partition(OLD_PATH)
    if not walk.calling_http and "/api/" not in before:
        if not walk.serves_old_path:
            walk.mark(UNSURE)
        return
    whole_prefix = OLD_PREFIX in before and not walk.flags.names_version
    for text in texts:
        new = text.value.replace(OLD_PATH, NEW_PATH)
        if whole_prefix:
            new = new.replace(OLD_PREFIX, NEW_PREFIX)
        if new != text.value:
            walk.edits.change(text, "url", _value(new), count="addresses" if OLD_PATH in text.value else "")


def _is_base(walk: Walk, node: cst.BaseExpression, text: str) -> bool:
    """Tell whether a text ends where paths of API v1 begin; alone it may be a prefix of one's own server."""
    if walk.decorating or not text.rstrip("/").endswith(OLD_PREFIX[:-1]):
        return False
    alone = isinstance(node, cst.SimpleString) and text.startswith(OLD_PREFIX[:-1])
    return not alone or walk.flags.words.isdisjoint(SERVERS)


def _value(new: str) -> Callable[[Text], Text]:
    return lambda node: node.with_changes(value=new)


def _texts(node: cst.CSTNode) -> Iterator[Text]:
    if isinstance(node, (cst.SimpleString, cst.FormattedStringText)):
        yield node
    elif isinstance(node, cst.FormattedString):
        for part in node.parts:
            yield from _texts(part)
    elif isinstance(node, cst.ConcatenatedString):
        yield from _texts(node.left)
        yield from _texts(node.right)
