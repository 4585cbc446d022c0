"""Calls of old methods become calls of the new ones; arguments keep their order and layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.context import Context, on
from ablage_client_compat.migrate.code.members import (
    AS_MAPPING,
    MAPPINGS,
    legacy_bases,
    member_of,
    read_get,
)
from ablage_client_compat.migrate.code.context import text_of
from ablage_client_compat.migrate.types import Type, container

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ablage_client_compat.migrate.rules import Method, Parameter, Slot

__all__ = ["Bound", "arguments", "bind_arguments", "rewrite_reference"]

RESOURCES = frozenset({"documents", "users", "webhooks", "analytics", "api_keys"})
STARRED = "the arguments come from * or **: check their names against the new method"
MAPPING_METHODS = frozenset({"items", "keys", "values", "copy", "update", "pop", "setdefault"})

#: An argument of a call with the old parameter it fills.
Bound = tuple[cst.Arg, "Parameter | None"]


@on(cst.Call)
def _(ctx: Context, node: cst.Call) -> Type | None:
    loose = ctx.loose
    func = node.func
    if isinstance(func, cst.Attribute):
        return _method_call(ctx, node, func, loose=loose)
    kind = ctx.visit(func)
    if kind is None and isinstance(func, cst.Name) and not ctx.is_bound(func.value):
        from ablage_client_compat.migrate.code.builtins import call_builtin

        return call_builtin(ctx, node, func.value, loose=loose)
    return call_value(ctx, node, kind)


def call_value(ctx: Context, node: cst.Call, kind: Type | None) -> Type | None:
    """Handle a call of a value: a class, a function of the file, an imported function."""
    if kind is None:
        return _unknown(ctx, node)
    if kind.name == "class":
        from ablage_client_compat.migrate.code.construct import construct

        return construct(ctx, node, kind)
    if kind.name in {"function", "localclass"}:
        from ablage_client_compat.migrate.code.local import call_local

        return call_local(ctx, node, kind)
    if kind.name == "symbol":
        from ablage_client_compat.migrate.code.library import call_library

        return call_library(ctx, node, kind.detail)
    _unknown(ctx, node)
    return kind.of[0] if kind.name in {"bound", "lambda"} and kind.of else None


def _unknown(ctx: Context, node: cst.Call) -> None:
    for arg in node.args:
        kind = ctx.use(arg.value, loose=True)
        if arg.star == "**":
            from ablage_client_compat.migrate.code.members import spread

            spread(ctx, kind)


def _method_call(ctx: Context, node: cst.Call, func: cst.Attribute, *, loose: bool) -> Type | None:
    base = ctx.use(func.value)
    name = func.attr.value
    if base is not None:
        for owner in _owners(ctx, base, name):
            row = ctx.rules.method(owner, name)
            if row is not None:
                return rewrite_call(ctx, node, owner, row)
        if base.name == "http":
            return call_http(ctx, node)
        if base.name in MAPPINGS:
            return _mapping_call(ctx, node, base, name, loose=loose)
    from ablage_client_compat.migrate.code.containers import call_container

    handled, result = call_container(ctx, node, base, name)
    if handled:
        return result
    return call_value(ctx, node, member_of(ctx, func, base, loose=False))


def call_http(ctx: Context, node: cst.Call) -> None:
    """Walk a call of an HTTP library: addresses in it are addresses of servers."""
    before, ctx.calling_http = ctx.calling_http, True
    arguments(ctx, node)
    ctx.calling_http = before


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


def arguments(ctx: Context, node: cst.Call) -> list[Type | None]:
    """Walk all arguments and return their types."""
    return [ctx.use(arg.value, loose=True) for arg in node.args]


# --- calls of old methods


def rewrite_call(ctx: Context, node: cst.Call, base: Type, row: Method) -> Type | None:
    """Turn a call of an old method into the new call, or mark it with the reason why not."""
    arguments(ctx, node)
    result = row.result
    if base.detail == "async" or base.name == "AsyncAblageClient" or row.dialect == "async":
        result = container("coroutine", result)
    if row.reason:
        ctx.mark(row.reason)
        return result
    path, slots, _ = row.target
    bound = bind_arguments(ctx, node, row.parameters)
    if bound is None or (problem := _problem(bound, row.parameters, slots)) is not None:
        if bound is not None and problem is not None:
            ctx.mark(problem)
        return result
    if not _reachable(node.func, base, path):
        ctx.mark(f"this is client.{path}(…) now")
        return result
    sep = node.whitespace_before_args

    def change(new: cst.Call) -> cst.Call:
        assert isinstance(new.func, cst.Attribute)  # noqa: S101 - a method call
        args = _arguments([(arg, parameter) for arg, (_, parameter) in zip(new.args, bound, strict=True)], slots)
        args += _forced(bound, row.parameters, slots, ctx)
        return new.with_changes(func=_function(new.func, base, path), args=layout(args, new.args, sep))

    renamed = path.rpartition(".")[2] != row.name or base.name not in RESOURCES or len(slots) != len(row.parameters)
    ctx.edits.change(node, "call", change, count=f"{row.owner}.{row.name}" if renamed else "")
    return result


def bind_arguments(ctx: Context, node: cst.Call, parameters: Sequence[Parameter]) -> list[Bound] | None:
    """Match arguments with old parameters; mark and return ``None`` when that is not certain."""
    named = {parameter.name: parameter for parameter in parameters}
    extra = named.pop("**", None)
    order = [parameter for parameter in parameters if parameter.name != "**"]
    bound: list[Bound] = []
    for at, arg in enumerate(node.args):
        if arg.star:
            ctx.mark(STARRED)
            return None
        if arg.keyword is None:
            parameter = order[at] if at < len(order) else None
        else:
            parameter = named.get(arg.keyword.value, extra)
        if parameter is None:
            ctx.mark("the old method took no such argument: check the call")
            return None
        bound.append((arg, parameter))
    return bound


def _problem(bound: Sequence[Bound], parameters: Sequence[Parameter], slots: Sequence[Slot]) -> str | None:
    """Return why a call cannot be rewritten."""
    sources = {slot.source for slot in slots}
    for arg, parameter in bound:
        if parameter is None or parameter.name in sources or not parameter.checked:
            continue
        if cst.Module([]).code_for_node(arg.value) != parameter.default:
            return f"{parameter.name}= has no counterpart: see the table in the migration guide"
    del parameters
    return None


def _reachable(func: cst.BaseExpression, base: Type, path: str) -> bool:
    resource, _, _ = path.rpartition(".")
    if base.name not in RESOURCES or resource == base.name:
        return True
    return isinstance(func, cst.Attribute) and isinstance(func.value, cst.Attribute)


def _function(func: cst.Attribute, base: Type, path: str) -> cst.Attribute:
    """Return the new method on the same client; the line breaks of a chained call are kept."""
    resource, _, name = path.rpartition(".")
    if base.name in RESOURCES and resource == base.name:
        return func.with_changes(attr=cst.Name(name))
    client = func.value
    if base.name in RESOURCES and isinstance(client, cst.Attribute):
        client = client.value
    for part in resource.split(".") if resource else ():
        client = cst.Attribute(client, cst.Name(part))
    return func.with_changes(value=client, attr=cst.Name(name))


def _arguments(bound: Sequence[Bound], slots: Sequence[Slot]) -> list[cst.Arg]:
    by_source = {slot.source: slot for slot in slots}
    result: list[cst.Arg] = []
    by_position = True
    for arg, parameter in bound:
        slot = by_source.get(parameter.name) if parameter is not None else None
        if slot is None:
            continue
        if slot.template != "{}":
            arg = arg.with_changes(value=fill(slot.template, arg.value))  # noqa: PLW2901 - the same argument
        fits = by_position and slot.positional and slots.index(slot) == len(result)
        if slot.name == "**" or (arg.keyword is None and fits):
            result.append(arg)
        else:
            by_position = False
            equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
            result.append(arg.with_changes(keyword=cst.Name(slot.name), equal=equal))
    return result


def fill(template: str, value: cst.BaseExpression) -> cst.BaseExpression:
    """Return a template with an expression in place of ``{}``."""
    from libcst.helpers import parse_template_expression

    return parse_template_expression(template.replace("{}", "{value}"), value=value)


def _forced(
    bound: Sequence[Bound], parameters: Sequence[Parameter], slots: Sequence[Slot], ctx: Context
) -> list[cst.Arg]:
    given = {parameter.name for _, parameter in bound if parameter is not None}
    defaults = {parameter.name: parameter.default for parameter in parameters}
    return [
        argument(slot.name, defaults.get(slot.source, slot.source))
        for slot in slots
        if slot.forced and slot.source not in given and (slot.name != "include" or ctx.reads_results)
    ]


def argument(name: str, value: str) -> cst.Arg:
    """Return a keyword argument from source text."""
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(cst.parse_expression(value), keyword=cst.Name(name), equal=equal)


def layout(
    args: Sequence[cst.Arg], before: Sequence[cst.Arg], space: cst.BaseParenthesizableWhitespace
) -> list[cst.Arg]:
    """Give arguments the commas that the call had: one per line stays one per line."""
    multiline = isinstance(space, cst.ParenthesizedWhitespace)
    between = cst.Comma(whitespace_after=space if multiline else cst.SimpleWhitespace(" "))
    last = before[-1].comma if before else cst.MaybeSentinel.DEFAULT
    known = {id(arg.comma) for arg in before[:-1]}
    result = []
    for at, arg in enumerate(args):
        if at == len(args) - 1:
            result.append(arg.with_changes(comma=last))
        elif id(arg.comma) in known:
            result.append(arg)
        else:
            result.append(arg.with_changes(comma=between))
    return result


def rewrite_reference(ctx: Context, node: cst.Attribute, base: Type) -> Type | None:
    """Handle a method that is passed on instead of called (``pool.map(client.get_document, ids)``)."""
    row = ctx.rules.method(base, node.attr.value)
    if row is None:
        return None
    result = row.result
    if base.name == "AsyncAblageClient":
        result = container("coroutine", result)
    kind = Type("bound", (result,), node.attr.value)
    if row.reason:
        ctx.mark(row.reason)
        return kind
    path, slots, _ = row.target
    first = row.parameters[:1]
    same = not slots or (bool(first) and slots[0].source == first[0].name and slots[0].template == "{}")
    if not same or any(slot.forced for slot in slots) or not _reachable(node, base, path):
        ctx.mark(f"this is client.{path}(…) now, with other arguments: write a small function")
        return kind
    if path.rpartition(".")[2] != row.name or base.name not in RESOURCES:
        ctx.edits.change(node, "member", lambda new: _function(new, base, path), count=f"{row.owner}.{row.name}")
    return kind
