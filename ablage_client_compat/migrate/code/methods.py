"""Calls of old methods become calls of the new ones; arguments keep their order and layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.nodes import fill, text_of
from ablage_client_compat.migrate.rules import Slot
from ablage_client_compat.migrate.types import Type, container

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ablage_client_compat.migrate.code.context import Context
    from ablage_client_compat.migrate.rules import Method, Parameter

__all__ = ["arguments", "call_http", "layout", "rewrite_call", "rewrite_reference"]

RESOURCES = frozenset({"documents", "users", "webhooks", "analytics", "api_keys"})
STARRED = "the arguments come from * or **: check their names against the new method"

#: An argument of a call with the old parameter it fills.
Bound = tuple[cst.Arg, "Parameter | None"]


def arguments(ctx: Context, node: cst.Call) -> list[Type | None]:
    """Walk all arguments and return their types."""
    return [ctx.use(arg.value, loose=True) for arg in node.args]


def call_http(ctx: Context, node: cst.Call) -> None:
    """Walk a call of an HTTP library: addresses in it are addresses of servers."""
    before, ctx.calling_http = ctx.calling_http, True
    arguments(ctx, node)
    ctx.calling_http = before


def rewrite_call(ctx: Context, node: cst.Call, base: Type, row: Method, *, loose: bool) -> Type | None:
    """Turn a call of an old method into the new call, or mark it with the reason why not."""
    arguments(ctx, node)
    result = row.result
    if base.name == "AsyncAblageClient" or base.detail == "async":
        result = container("coroutine", result)
    if row.reason:
        ctx.mark(row.reason)
        return result
    parameters = _signature(node, row)
    bound = bind_arguments(ctx, node, parameters) if parameters is not None else None
    if parameters is None:
        ctx.mark("two dialects gave this method different arguments: give them by name")
    if bound is None or parameters is None:
        return result
    sync = base.name != "AsyncAblageClient"
    if ctx.asynchronous and sync:
        row = ctx.rules.methods.get(("AsyncAblageClient", row.name), row)
        ctx.site("expanded" if row.new.startswith("[") else "client", node, loose=loose)
    if row.new.startswith("["):
        _expand(ctx, node, row, bound)
        return container("awaited", row.result) if base.name == "AsyncAblageClient" else result
    target = _switched(ctx, row, bound)
    if target is None:
        return result
    path, slots = target
    if (cursor := ctx.cursors.get(id(node))) is not None:
        number = next(p for arg, p in bound if p is not None and p.name in {"page", "offset"})
        slots = (*slots, Slot(name="cursor", source=number.name, positional=False, template=cursor))
    problem = _problem(bound, slots, row.switch) or (
        None if _reachable(node.func, base, path) else _moved(path)
    )
    if problem is not None:
        ctx.mark(problem)
        return result
    if row.note:
        ctx.mark(row.note)
    if path == "documents.upload":
        ctx.uploads += 1
    space = node.whitespace_before_args
    extra = _forced(bound, parameters, slots, ctx)

    def change(new: cst.Call) -> cst.Call:
        assert isinstance(new.func, cst.Attribute)  # noqa: S101 - a method call
        args = _arguments(
            [(arg, parameter) for arg, (_, parameter) in zip(new.args, bound, strict=True)], slots
        )
        return new.with_changes(
            func=_function(new.func, base, path), args=layout(args + extra, new.args, space)
        )

    same = (
        path == f"{base.name}.{row.name}"
        and _arguments(bound, slots) == [arg for arg, _ in bound]
        and not extra
    )
    if not same:
        ctx.edits.change(node, "call", change, count=f"{row.owner}.{row.name}")
    return result


def _moved(path: str) -> str:
    return f"this is client.{path}(…) now"


def _signature(node: cst.Call, row: Method) -> Sequence[Parameter] | None:
    """Return the old parameters that the arguments of a call mean; ``None`` when that is not certain."""
    if not row.alternative:
        return row.parameters
    every = [
        *row.parameters,
        *(p for p in row.other_parameters if p.name not in {q.name for q in row.parameters}),
    ]
    positional = [arg.value for arg in node.args if arg.keyword is None]
    first = 0
    while first < len(row.parameters) and first < len(row.other_parameters):
        if row.parameters[first].name != row.other_parameters[first].name:
            break
        first += 1
    if len(positional) <= first or row.name == "login":
        return every
    order = _dialect_of(row.name, positional[first])
    if order is None:
        return None
    chosen, other = (row.parameters, row.other_parameters)[:: 1 if order == "B" else -1]
    return [*chosen, *(p for p in other if p.name not in {q.name for q in chosen})]


def _dialect_of(name: str, value: cst.BaseExpression) -> str | None:
    """Tell from the first argument that differs which dialect a call is written in."""
    if name == "list_documents":
        if isinstance(value, cst.Integer):
            return "B"
        return (
            "C"
            if text_of(value) is not None or (isinstance(value, cst.Name) and value.value == "None")
            else None
        )
    if name == "search_documents":
        return "C" if isinstance(value, cst.Integer) else "B" if text_of(value) is not None else None
    if isinstance(value, (cst.List, cst.Tuple, cst.Dict, cst.Set)):
        return "B"
    return "C" if text_of(value) is not None else None


def _switched(ctx: Context, row: Method, bound: Sequence[Bound]) -> tuple[str, tuple[Slot, ...]] | None:
    """Return the new method: one argument may decide between two."""
    if not row.switch:
        return row.target
    for arg, parameter in bound:
        if parameter is not None and parameter.name == row.switch:
            if isinstance(arg.value, cst.Name) and arg.value.value in {"True", "False"}:
                return row.target if arg.value.value == "True" else row.other_target
            ctx.mark(f"{row.switch}= decides between {row.target[0]}() and {row.other_target[0]}() now")
            return None
    return row.other_target


def _expand(ctx: Context, node: cst.Call, row: Method, bound: Sequence[Bound]) -> None:
    """Replace a call by an expression of its arguments; what was left out has its old default."""
    names = [parameter.name for _, parameter in bound if parameter is not None]
    defaults = {parameter.name: parameter.default for parameter in row.parameters}
    if "**" in names:
        ctx.mark(f"write {row.new}")
        return

    def change(new: cst.Call) -> cst.BaseExpression:
        assert isinstance(new.func, cst.Attribute)  # noqa: S101 - a method call
        left_out = {name: text for name, text in defaults.items() if name not in {*names, "**"}}
        values = {name: cst.parse_expression(text) for name, text in left_out.items()}
        values |= dict(zip(names, (arg.value for arg in new.args), strict=True))
        return fill(row.new, new.func.value, client=new.func.value, **values)

    ctx.edits.change(node, "call", change, count=f"{row.owner}.{row.name}")


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


def _problem(bound: Sequence[Bound], slots: Sequence[Slot], switch: str) -> str | None:
    """Return why a call cannot be rewritten."""
    sources = {slot.source for slot in slots}
    for arg, parameter in bound:
        if (
            parameter is None
            or parameter.name in sources
            or not parameter.checked
            or parameter.name == switch
        ):
            continue
        if cst.Module([]).code_for_node(arg.value) != parameter.default:
            return f"{parameter.name}= has no counterpart: see the table in the migration guide"
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
        if slot.name == "cursor":
            arg = arg.with_changes(value=cst.Name(slot.template))  # noqa: PLW2901 - the same argument
        elif slot.template != "{}":
            arg = arg.with_changes(value=fill(slot.template, arg.value))  # noqa: PLW2901 - the same argument
        elif slot.name == "tags" and (tags := text_of(arg.value)) is not None:
            arg = arg.with_changes(value=_tag_list(tags))  # noqa: PLW2901 - the same argument
        fits = by_position and slot.positional and slots.index(slot) == len(result)
        if slot.name == "**" or (arg.keyword is None and fits):
            result.append(arg)
        else:
            by_position = False
            equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
            equal = arg.equal if isinstance(arg.equal, cst.AssignEqual) else equal
            result.append(arg.with_changes(keyword=cst.Name(slot.name), equal=equal))
    return result


def _forced(
    bound: Sequence[Bound], parameters: Sequence[Parameter], slots: Sequence[Slot], ctx: Context
) -> list[cst.Arg]:
    sources = {parameter.name for _, parameter in bound if parameter is not None}
    given = {slot.name for slot in slots if slot.source in sources}
    defaults = {parameter.name: parameter.default for parameter in parameters}
    return [
        argument(slot.name, defaults.get(slot.source, slot.source))
        for slot in slots
        if slot.forced and slot.name not in given and (slot.name != "include" or ctx.reads_results)
    ]


def _tag_list(tags: str) -> cst.List:
    """``"tax, 2024"`` was one way to give tags."""
    names = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return cst.List([cst.Element(cst.SimpleString(json.dumps(name, ensure_ascii=False))) for name in names])


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
    if row.new.startswith("[") or row.switch:
        ctx.mark(f"write {row.new}")
        return kind
    path, slots = row.target
    first = row.parameters[:1]
    same = not slots or (bool(first) and slots[0].source == first[0].name and slots[0].template == "{}")
    if not same or any(slot.forced for slot in slots) or not _reachable(node, base, path):
        ctx.mark(f"this is client.{path}(…) now, with other arguments: write a small function")
        return kind
    if path.rpartition(".")[2] != row.name or base.name not in RESOURCES:
        ctx.edits.change(
            node, "member", lambda new: _function(new, base, path), count=f"{row.owner}.{row.name}"
        )
    return kind
