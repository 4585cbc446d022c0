"""Calls of functions and classes of the same file, or of another file that was read first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.construct import construct
from ablage_client_compat.migrate.code.members import legacy_bases
from ablage_client_compat.migrate.code.sinks import by_getter
from ablage_client_compat.migrate.code.visitors.functions import parameters_of
from ablage_client_compat.migrate.rules.types import Type, container

if TYPE_CHECKING:
    from ablage_client_compat.migrate.code.context import Context

__all__ = ["call_local", "give"]


def call_local(ctx: Context, node: cst.Call, kind: Type) -> Type | None:
    """Walk the arguments, tell the function about them, and return what it returns."""
    if kind.name == "localclass":
        return _construct(ctx, node, kind)
    function = ctx.functions.get(kind.detail)
    names = _names(ctx, kind.detail, function) if function is not None else []
    _pass(ctx, node, kind.detail, names)
    return result_of(ctx, kind.detail, function)


def result_of(ctx: Context, name: str, function: cst.FunctionDef | None) -> Type | None:
    """Return the type of a call's value."""
    result = ctx.facts.read(f"return:{name}")
    if function is not None and function.asynchronous is not None:
        return container("coroutine", result)
    return result


def give(
    ctx: Context, kind: Type | None, *given: Type | None, reference: cst.CSTNode | None = None
) -> Type | None:
    """Tell a function that is called elsewhere (``map``, ``submit``) what it is called with.

    Returns:
        What a call of it returns.
    """
    if kind is None:
        return None
    if kind.name == "bound":
        return kind.of[0] if kind.of else None
    if kind.name in {"attrgetter", "itemgetter", "methodcaller"}:
        by_getter(ctx, kind, given[0] if given else None)
        return None
    if kind.name == "function" and reference is not None:
        ctx.site("reference", reference, callee=kind.detail)
    if kind.name != "function":
        return kind.of[0] if kind.name == "lambda" and kind.of else None
    function = ctx.functions.get(kind.detail)
    names = _names(ctx, kind.detail, function) if function is not None else []
    for name, part in zip(names, given, strict=False):
        ctx.facts.learn(f"param:{kind.detail}.{name}", part)
    return result_of(ctx, kind.detail, function)


def _names(ctx: Context, qualified: str, function: cst.FunctionDef) -> list[str]:
    names = [param.name.value for param in parameters_of(function)]
    owner = qualified.rpartition(".")[0]
    static = any(
        isinstance(item.decorator, cst.Name) and item.decorator.value == "staticmethod"
        for item in function.decorators
    )
    return names[1:] if owner in ctx.classes and not static else names


def _pass(ctx: Context, node: cst.Call, qualified: str, names: list[str]) -> None:
    for at, arg in enumerate(node.args):
        kind = ctx.use(arg.value, loose=True)
        if arg.star:
            continue
        name = arg.keyword.value if arg.keyword is not None else names[at] if at < len(names) else None
        if name is not None:
            ctx.facts.learn(f"param:{qualified}.{name}", kind)


def _construct(ctx: Context, node: cst.Call, kind: Type) -> Type | None:
    result = Type("instance", kind.of, kind.detail)
    local = ctx.classes.get(kind.detail)
    init = f"{kind.detail}.__init__"
    if init in ctx.functions:
        _pass(ctx, node, init, _names(ctx, init, ctx.functions[init]))
    elif legacy := legacy_bases(ctx, result):
        construct(ctx, node, Type("class", (legacy[0],), legacy[0].name), rename=False)
    else:
        fields = local.fields if local is not None else []
        for at, arg in enumerate(node.args):
            value = ctx.use(arg.value, loose=True)
            name = arg.keyword.value if arg.keyword is not None else fields[at] if at < len(fields) else None
            if name is not None and name in fields and value is not None:
                ctx.facts.learn(f"attr:{kind.detail}.{name}", value)
    return result
