"""Calls: of methods, of what the file defines, of built-in and imported functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.arguments import arguments
from ablage_client_compat.migrate.code.construct import construct
from ablage_client_compat.migrate.code.library import call_library, name_in_string
from ablage_client_compat.migrate.code.local import call_local
from ablage_client_compat.migrate.code.mappings import AS_MAPPING, MAPPINGS, escape, iterated, spread
from ablage_client_compat.migrate.code.members import legacy_bases, member_of, read_get
from ablage_client_compat.migrate.code.methods import RESOURCES, call_http, rewrite_call
from ablage_client_compat.migrate.code.nodes import text_of
from ablage_client_compat.migrate.code.references import call_reference
from ablage_client_compat.migrate.code.sinks import by_getter, format_reads, into_method
from ablage_client_compat.migrate.code.visitors.builtins import call_builtin
from ablage_client_compat.migrate.code.visitors.containers import call_container
from ablage_client_compat.migrate.code.walk import Walk, on
from ablage_client_compat.migrate.rules.types import Type

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__: list[str] = []

#: Arguments that only methods of the old client took.
OLD_ARGUMENTS = frozenset(
    {"page", "page_size", "sort_by", "sort_order", "poll_interval", "output_path", "file_path"}
)
MAPPING_METHODS = frozenset({"items", "keys", "values", "copy", "update", "pop", "setdefault"})


@on(cst.Call)
def visit_call(walk: Walk, node: cst.Call) -> Type | None:
    loose = walk.loose
    func = node.func
    if isinstance(func, cst.Attribute):
        return _method_call(walk, node, func, loose=loose)
    kind = walk.visit(func)
    if kind is None and isinstance(func, cst.Name) and not walk.is_bound(func.value):
        return call_builtin(walk, node, func.value, loose=loose)
    return call_value(walk, node, kind, loose=loose)


def call_value(walk: Walk, node: cst.Call, kind: Type | None, *, loose: bool) -> Type | None:
    """Handle a call of a value: a class, a function of the file, an imported function."""
    if kind is None:
        _unknown(walk, node)
        return None
    if kind.name == "class":
        return construct(walk, node, kind)
    if kind.name in {"function", "localclass"}:
        if kind.name == "function":
            walk.site("local", node, callee=kind.detail, loose=loose)
        return call_local(walk, node, kind)
    if kind.name == "symbol":
        return call_library(walk, node, kind.detail)
    _unknown(walk, node)
    if kind.name == "bound":
        call_reference(walk, kind, node.args)
    elif kind.name in {"attrgetter", "itemgetter", "methodcaller"} and node.args:
        by_getter(walk, kind, walk.quietly(node.args[0].value))
    return kind.of[0] if kind.name in {"bound", "lambda"} and kind.of else None


def _unknown(walk: Walk, node: cst.Call) -> None:
    kinds = []
    for arg in node.args:
        kind = walk.use(arg.value, loose=True)
        if arg.star == "*":
            kind = iterated(walk, arg.value, kind)
        escape(walk, kind)
        kinds.append(kind)
        if arg.star == "**":
            spread(walk, kind)
    func = node.func
    if isinstance(func, cst.Attribute) and func.attr.value == "format":
        format_reads(walk, func.value, kinds)
    elif isinstance(func, (cst.Attribute, cst.Name)):
        into_method(walk, func.attr.value if isinstance(func, cst.Attribute) else func.value, kinds)


def _method_call(walk: Walk, node: cst.Call, func: cst.Attribute, *, loose: bool) -> Type | None:
    base = walk.use(func.value)
    name = func.attr.value
    if base is not None:
        for owner in _owners(walk, base, name):
            row = walk.rules.method(owner, name)
            if row is not None:
                return rewrite_call(walk, node, owner, row, loose=loose)
        if base.name == "http":
            call_http(walk, node)
            return Type("foreign")
        if base.name in MAPPINGS:
            return _mapping_call(walk, node, base, name, loose=loose)
    if base is None and name in {"setattr", "patch", "object"} and node.args:
        for arg in node.args[:2]:
            name_in_string(walk, arg.value)
    if base is None and isinstance(func.value, cst.Attribute) and func.value.attr.value in RESOURCES:
        old = [arg.keyword.value for arg in node.args if arg.keyword and arg.keyword.value in OLD_ARGUMENTS]
        if old:
            walk.mark(
                f"if this is the old client, {name}() has no {old[0]}= any more: see the migration guide"
            )
    handled, result = call_container(walk, node, base, name)
    if handled:
        return result
    return call_value(walk, node, member_of(walk, func, base, loose=False), loose=loose)


def _owners(walk: Walk, base: Type, name: str) -> Sequence[Type]:
    """Return the old types whose method a call may mean; a class of the file comes before its bases."""
    if base.name == "class":
        return base.of[:1]  # type: ignore[return-value]  # a class object always knows its instance
    if base.name != "instance":
        return (base,)
    local = walk.facts.classes.get(base.detail)
    while local is not None:
        if name in local.methods:
            return ()
        parents = [parent for parent in local.bases if parent.name == "instance"]
        local = walk.facts.classes.get(parents[0].detail) if parents else None
    return legacy_bases(walk, base)


def _mapping_call(walk: Walk, node: cst.Call, base: Type, name: str, *, loose: bool) -> Type | None:
    arguments(walk, node)
    key = text_of(node.args[0].value) if node.args and not node.args[0].star else None
    if name == "get" and key is not None:
        return read_get(walk, node, base, key, loose=loose)
    if name in MAPPING_METHODS:
        walk.mark(AS_MAPPING)
    return None
