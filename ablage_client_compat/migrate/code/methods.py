"""Calls of old methods become calls of the new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.arguments import arguments, forced_arguments, layout, new_arguments
from ablage_client_compat.migrate.code.nodes import fill
from ablage_client_compat.migrate.code.signatures import bind_arguments, problem_of, signature_of
from ablage_client_compat.migrate.rules.signatures import OTHERS, by_name
from ablage_client_compat.migrate.rules.types import Type, container

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ablage_client_compat.migrate.code.signatures import Bound
    from ablage_client_compat.migrate.code.walk import Walk
    from ablage_client_compat.migrate.rules.model import Method
    from ablage_client_compat.migrate.rules.signatures import Call

__all__ = ["RESOURCES", "call_http", "function_of", "is_reachable", "rewrite_call"]

RESOURCES = frozenset({"documents", "users", "webhooks", "analytics", "api_keys"})
WRITTEN = "download() returns the path that it wrote to, not the bytes"
TOO_MANY = "a page has at most 100 items now: iterate() gives all of them"
MOST_ITEMS = 100


def call_http(walk: Walk, node: cst.Call) -> None:
    """Walk a call of an HTTP library: addresses in it are addresses of servers."""
    before, walk.calling_http = walk.calling_http, True
    arguments(walk, node)
    walk.calling_http = before


def rewrite_call(walk: Walk, node: cst.Call, base: Type, row: Method, *, loose: bool) -> Type | None:
    """Turn a call of an old method into the new call, or mark it with the reason why not."""
    arguments(walk, node)
    result = row.returns
    if base.name == "AsyncAblageClient" or base.detail == "async":
        result = container("coroutine", result)
    if row.reason:
        walk.mark(row.reason)
        return result
    parameters = signature_of(node, row)
    bound = bind_arguments(walk, node, parameters) if parameters is not None else None
    if parameters is None:
        walk.mark("two dialects gave this method different arguments: give them by name")
    if bound is None or parameters is None:
        return result
    sync = base.name != "AsyncAblageClient"
    if walk.flags.asynchronous and sync:
        row = walk.rules.methods.get(("AsyncAblageClient", row.name), row)
        walk.site("expanded" if row.expression else "client", node, loose=loose)
    if row.expression:
        _expand(walk, node, row, bound)
        return container("awaited", row.returns) if base.name == "AsyncAblageClient" else result
    new_call = _switched(walk, row, bound)
    if new_call is None:
        return result
    path, slots = new_call.path, new_call.arguments
    if (cursor := walk.edits.cursors.get(id(node))) is not None:
        number = next(p for arg, p in bound if p is not None and p.name in {"page", "offset"})
        slots = (*slots, by_name("cursor", source=number.name, expression=cursor))
    problem = problem_of(bound, slots, row.switch) or (
        None if is_reachable(node.func, base, path) else _moved(path)
    )
    if problem is not None:
        walk.mark(problem)
        return result
    if row.note:
        walk.mark(row.note)
    if (
        path == "documents.download"
        and row.returns == Type("bytes")
        and len(bound) > 1
        and not walk.is_unused(node)
    ):
        walk.mark(WRITTEN)
    if any(
        slot.name == "limit" and _too_many(arg)
        for arg, p in bound
        for slot in slots
        if p and slot.source == p.name
    ):
        walk.mark(TOO_MANY)
    if path == "documents.upload":
        walk.facts.uploads += 1
    space = node.whitespace_before_args
    extra = forced_arguments(bound, parameters, slots, walk)

    def change(new: cst.Call) -> cst.Call:
        assert isinstance(new.func, cst.Attribute)  # noqa: S101 - a method call
        args = new_arguments(
            [(arg, parameter) for arg, (_, parameter) in zip(new.args, bound, strict=True)], slots
        )
        return new.with_changes(
            func=function_of(new.func, base, path), args=layout(args + extra, new.args, space)
        )

    same = (
        path == f"{base.name}.{row.name}"
        and new_arguments(bound, slots) == [arg for arg, _ in bound]
        and not extra
    )
    if not same:
        walk.edits.change(node, "call", change, count=f"{row.owner}.{row.name}")
    return result


def _moved(path: str) -> str:
    return f"this is client.{path}(…) now"


def _too_many(arg: cst.Arg) -> bool:
    return isinstance(arg.value, cst.Integer) and arg.value.evaluated_value > MOST_ITEMS


def _switched(walk: Walk, row: Method, bound: Sequence[Bound]) -> Call | None:
    """Return the new method: one argument may decide between two."""
    if not row.switch:
        return row.call
    for arg, parameter in bound:
        if parameter is not None and parameter.name == row.switch:
            if isinstance(arg.value, cst.Name) and arg.value.value in {"True", "False"}:
                return row.call if arg.value.value == "True" else row.otherwise
            walk.mark(f"{row.switch}= decides between {row.call.path}() and {row.otherwise.path}() now")
            return None
    return row.otherwise


def _expand(walk: Walk, node: cst.Call, row: Method, bound: Sequence[Bound]) -> None:
    """Replace a call by an expression of its arguments; what was left out has its old default."""
    names = [parameter.name for _, parameter in bound if parameter is not None]
    defaults = {parameter.name: parameter.default for parameter in row.parameters}
    if OTHERS in names:
        walk.mark(f"write {row.expression}")
        return

    def change(new: cst.Call) -> cst.BaseExpression:
        assert isinstance(new.func, cst.Attribute)  # noqa: S101 - a method call
        left_out = {name: text for name, text in defaults.items() if name not in {*names, OTHERS}}
        values = {name: cst.parse_expression(text) for name, text in left_out.items()}
        values |= dict(zip(names, (arg.value for arg in new.args), strict=True))
        return fill(row.expression, {"client": new.func.value, **values})

    walk.edits.change(node, "call", change, count=f"{row.owner}.{row.name}")


def is_reachable(func: cst.BaseExpression, base: Type, path: str) -> bool:
    """Tell whether the new method can be called where the old one was: a resource knows no other one."""
    resource, _, _ = path.rpartition(".")
    if base.name not in RESOURCES or resource == base.name:
        return True
    return isinstance(func, cst.Attribute) and isinstance(func.value, cst.Attribute)


def function_of(func: cst.Attribute, base: Type, path: str) -> cst.Attribute:
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
