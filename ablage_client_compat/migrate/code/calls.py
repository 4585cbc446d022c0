"""Calls: of methods, of what the file defines, of built-in and imported functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.builtins import call_builtin
from ablage_client_compat.migrate.code.construct import construct
from ablage_client_compat.migrate.code.containers import call_container
from ablage_client_compat.migrate.code.context import Context, on
from ablage_client_compat.migrate.code.library import call_library
from ablage_client_compat.migrate.code.local import call_local
from ablage_client_compat.migrate.code.members import (
    AS_MAPPING,
    MAPPINGS,
    escape,
    legacy_bases,
    member_of,
    read_get,
    spread,
)
from ablage_client_compat.migrate.code.methods import arguments, call_http, rewrite_call
from ablage_client_compat.migrate.code.nodes import text_of
from ablage_client_compat.migrate.types import Type

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__: list[str] = []

MAPPING_METHODS = frozenset({"items", "keys", "values", "copy", "update", "pop", "setdefault"})


@on(cst.Call)
def _(ctx: Context, node: cst.Call) -> Type | None:
    loose = ctx.loose
    func = node.func
    if isinstance(func, cst.Attribute):
        return _method_call(ctx, node, func, loose=loose)
    kind = ctx.visit(func)
    if kind is None and isinstance(func, cst.Name) and not ctx.is_bound(func.value):
        return call_builtin(ctx, node, func.value, loose=loose)
    return call_value(ctx, node, kind, loose=loose)


def call_value(ctx: Context, node: cst.Call, kind: Type | None, *, loose: bool) -> Type | None:
    """Handle a call of a value: a class, a function of the file, an imported function."""
    if kind is None:
        _unknown(ctx, node)
        return None
    if kind.name == "class":
        return construct(ctx, node, kind)
    if kind.name in {"function", "localclass"}:
        if kind.name == "function":
            ctx.site("local", node, callee=kind.detail, loose=loose)
        return call_local(ctx, node, kind)
    if kind.name == "symbol":
        return call_library(ctx, node, kind.detail)
    _unknown(ctx, node)
    return kind.of[0] if kind.name in {"bound", "lambda"} and kind.of else None


def _unknown(ctx: Context, node: cst.Call) -> None:
    for arg in node.args:
        kind = ctx.use(arg.value, loose=True)
        escape(ctx, kind)
        if arg.star == "**":
            spread(ctx, kind)


def _method_call(ctx: Context, node: cst.Call, func: cst.Attribute, *, loose: bool) -> Type | None:
    base = ctx.use(func.value)
    name = func.attr.value
    if base is not None:
        for owner in _owners(ctx, base, name):
            row = ctx.rules.method(owner, name)
            if row is not None:
                return rewrite_call(ctx, node, owner, row, loose=loose)
        if base.name == "http":
            call_http(ctx, node)
            return Type("foreign")
        if base.name in MAPPINGS:
            return _mapping_call(ctx, node, base, name, loose=loose)
    handled, result = call_container(ctx, node, base, name)
    if handled:
        return result
    return call_value(ctx, node, member_of(ctx, func, base, loose=False), loose=loose)


def _owners(ctx: Context, base: Type, name: str) -> Sequence[Type]:
    """Return the old types whose method a call may mean; a class of the file comes before its bases."""
    if base.name == "class":
        return base.of[:1]  # type: ignore[return-value]  # a class object always knows its instance
    if base.name != "instance":
        return (base,)
    local = ctx.classes.get(base.detail)
    while local is not None:
        if name in local.methods:
            return ()
        parents = [parent for parent in local.bases if parent.name == "instance"]
        local = ctx.classes.get(parents[0].detail) if parents else None
    return legacy_bases(ctx, base)


def _mapping_call(ctx: Context, node: cst.Call, base: Type, name: str, *, loose: bool) -> Type | None:
    arguments(ctx, node)
    key = text_of(node.args[0].value) if node.args and not node.args[0].star else None
    if name == "get" and key is not None:
        return read_get(ctx, node, base, key, loose=loose)
    if name in MAPPING_METHODS:
        ctx.mark(AS_MAPPING)
    return None
