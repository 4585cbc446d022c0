"""Construction of old clients, models and errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.arguments import arguments, layout
from ablage_client_compat.migrate.code.nodes import path_of, text_of
from ablage_client_compat.migrate.rules.types import Type

if TYPE_CHECKING:
    from ablage_client_compat.migrate.code.walk import Walk

__all__ = ["construct"]

CLIENTS = frozenset({"AblageClient", "AsyncAblageClient"})
KEY_FIRST = ("api_key", "base_url", "timeout", "max_retries", "verify_ssl")
URL_FIRST = ("base_url", "api_key", "timeout")
RENAMED = {"verify_ssl": "verify"}
DROPPED = frozenset({"api_version"})
UNCLEAR = "is the first argument an API key or an address? write api_key=… or base_url=…"
MODEL = "models come from the server now; in tests use {name}.model_validate({{…}}) with the fields of API v2"
ERROR = "errors of the SDK describe an answer of the server: raise an exception of your own instead"
_URL = re.compile(r"url|host|endpoint|address|server", re.IGNORECASE)
_KEY = re.compile(r"key|token|secret|credential", re.IGNORECASE)


def construct(walk: Walk, node: cst.Call, kind: Type, *, rename: bool = True) -> Type | None:
    """Handle ``OldClass(…)``, or the arguments of a subclass that has no ``__init__`` of its own."""
    del rename
    arguments(walk, node)
    name = kind.detail
    if name in CLIENTS:
        rewrite_arguments(walk, node)
        return Type(name)
    row = walk.rules.classes.get(name)
    if row is not None and row.owner == "AblageError":
        walk.mark(ERROR)
    elif row is not None:
        walk.mark(MODEL.format(name=", ".join(row.new)))
    return kind.of[0]


def rewrite_arguments(walk: Walk, node: cst.Call) -> None:
    """Rewrite the arguments of a client: every one gets its name."""
    names: list[str | None] = []
    positional: tuple[str, ...] = ()
    for at, arg in enumerate(node.args):
        if arg.star == "**":
            names.append(None)
            continue
        if arg.star:
            walk.mark("the arguments come from *: write them out by name")
            return
        if arg.keyword is not None:
            names.append(arg.keyword.value)
            continue
        if at == 0:
            first = _meaning(walk, arg.value)
            if first is None:
                walk.mark(UNCLEAR)
                return
            positional = URL_FIRST if first == "base_url" else KEY_FIRST
            if len(node.args) > 1 and text_of(node.args[1].value) in {"v1", "v2"}:
                positional = (positional[0], "api_version")
        if at >= len(positional):
            walk.mark("the old client took no such argument: check the call")
            return
        names.append(positional[at])
    if names == [None] * len(names):
        return

    def change(new: cst.Call) -> cst.Call:
        args = []
        for arg, name in zip(new.args, names, strict=True):
            if name is None:
                args.append(arg)
            elif name not in DROPPED:
                equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
                args.append(
                    arg.with_changes(
                        keyword=cst.Name(RENAMED.get(name, name)),
                        equal=arg.equal if isinstance(arg.equal, cst.AssignEqual) else equal,
                        value=_timeout(walk, arg.value) if name == "timeout" else arg.value,
                    )
                )
        return new.with_changes(args=layout(args, new.args, new.whitespace_before_args))

    if any(
        name == "timeout" and isinstance(arg.value, cst.Tuple)
        for arg, name in zip(node.args, names, strict=True)
    ):
        walk.edits.imports["Timeout"] = None
    same = all(
        arg.keyword is not None and name not in RENAMED and name not in DROPPED
        for arg, name in zip(node.args, names, strict=True)
        if name
    )
    walk.edits.change(node, "call", change, count="" if same else "client arguments")


def _timeout(walk: Walk, value: cst.BaseExpression) -> cst.BaseExpression:
    """``(connect, read)`` was a tuple."""
    if not isinstance(value, cst.Tuple) or len(value.elements) != 2:  # noqa: PLR2004 - connect and read
        return value
    del walk
    connect, read = (item.value for item in value.elements)
    call = cst.parse_expression("Timeout(connect=0, read=0)")
    assert isinstance(call, cst.Call)  # noqa: S101 - the line above
    args = [arg.with_changes(value=part) for arg, part in zip(call.args, (connect, read), strict=True)]
    return call.with_changes(args=args)


def _meaning(walk: Walk, node: cst.BaseExpression) -> str | None:
    """Tell whether the first argument is an address or a key."""
    text = text_of(node)
    if text is not None:
        return "base_url" if text.startswith(("http://", "https://")) else "api_key"
    if (
        isinstance(node, cst.FormattedString)
        and node.parts
        and isinstance(node.parts[0], cst.FormattedStringText)
    ):
        return "base_url" if node.parts[0].value.startswith("http") else None
    words = _words(node)
    found = {
        meaning
        for word in words
        for meaning, pattern in (("base_url", _URL), ("api_key", _KEY))
        if pattern.search(word)
    }
    del walk
    return found.pop() if len(found) == 1 else None


def _words(node: cst.BaseExpression) -> list[str]:
    """The names in an expression that say what it is: ``settings.API_KEY``, ``os.environ["ARCHIVE_URL"]``."""
    if isinstance(node, cst.Call):
        return [word for arg in node.args[:1] for word in _words(arg.value)] or [path_of(node.func) or ""]
    if isinstance(node, cst.Subscript):
        return [text_of(part.slice.value) or "" for part in node.slice if isinstance(part.slice, cst.Index)]
    if isinstance(node, cst.BooleanOperation):
        return _words(node.left) + _words(node.right)
    text = text_of(node)
    if text is not None:
        return ["url"] if text.startswith("http") else [text]
    return [(path_of(node) or "").rpartition(".")[2]]
