"""Statements: blocks, branches, loops, and what tests prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.annotations import caught
from ablage_client_compat.migrate.code.context import Context, on
from ablage_client_compat.migrate.code.edits import children
from ablage_client_compat.migrate.code.mappings import iterated
from ablage_client_compat.migrate.code.narrowing import narrow, truth
from ablage_client_compat.migrate.code.paging import plan_paging
from ablage_client_compat.migrate.code.visitors.assignments import assign
from ablage_client_compat.migrate.rules.types import Type, element, join

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LEAVES", "block", "merge"]

_FILE_ERRORS = {"FileNotFoundError", "OSError", "IOError", "PermissionError", "IsADirectoryError"}
_UNREADABLE = "upload() raises ConfigurationError for a path that it cannot read, before anything is sent"
Variables = dict[str, "Type | None"]


def block(ctx: Context, body: cst.BaseSuite | Sequence[cst.CSTNode]) -> bool:
    """Walk statements in order; tell whether control surely leaves before the end."""
    statements = body.body if isinstance(body, cst.BaseSuite) else body
    left = False
    for at, statement in enumerate(statements):
        if isinstance(statement, cst.While):
            plan_paging(ctx, statements, at)
        if isinstance(statement, cst.SimpleStatementLine):
            if id(statement) in ctx.skipped:
                continue
            with ctx.statement(statement):
                left = block(ctx, statement.body) or left
        elif hasattr(statement, "leading_lines"):
            with ctx.statement(statement):
                left = ctx.visit(statement) == LEAVES or left
        else:
            ctx.visit(statement)
            left = left or isinstance(statement, (cst.Return, cst.Raise, cst.Continue, cst.Break))
    return left


#: What a compound statement's handler returns when control never comes out at its end.
LEAVES = Type("leaves")


@on(cst.Assert)
def _(ctx: Context, node: cst.Assert) -> None:
    truth(ctx, node.test, loose=True)
    narrow(ctx, node.test, holds=True)
    if node.msg is not None:
        ctx.use(node.msg, loose=True)


@on(cst.Del)
def _(ctx: Context, node: cst.Del) -> None:
    ctx.visit(node.target)


@on(cst.Global, cst.Nonlocal)
def _(ctx: Context, node: cst.Global | cst.Nonlocal) -> None:
    if isinstance(node, cst.Global):
        ctx.scope.function.globals.update(item.name.value for item in node.names)


@on(cst.IndentedBlock, cst.SimpleStatementSuite)
def _(ctx: Context, node: cst.IndentedBlock | cst.SimpleStatementSuite) -> None:
    block(ctx, node)


@on(cst.Expr)
def _(ctx: Context, node: cst.Expr) -> None:
    ctx.visit(node.value, loose=True)


# --- branches


def merge(ctx: Context, branches: list[Variables]) -> None:
    """Continue with what all branches agree on; a name only some of them bind keeps its type."""
    merged: Variables = {}
    for variables in branches:
        for name, kind in variables.items():
            merged[name] = join(merged[name], kind) if name in merged else kind
    everywhere = [name for name in merged if "." in name and not all(name in b for b in branches)]
    for name in everywhere:  # what a test has shown holds in its branch only
        del merged[name]
    ctx.scope.variables = merged


@on(cst.If)
def _(ctx: Context, node: cst.If) -> Type | None:
    truth(ctx, node.test, loose=True)
    before = dict(ctx.scope.variables)
    narrow(ctx, node.test, holds=True)
    branches, left = [], block(ctx, node.body)
    if not left:
        branches.append(ctx.scope.variables)
    ctx.scope.variables = dict(before)
    narrow(ctx, node.test, holds=False)
    other = False
    if isinstance(node.orelse, cst.If):
        with ctx.statement(node.orelse):
            other = ctx.visit(node.orelse) == LEAVES
    elif node.orelse is not None:
        other = block(ctx, node.orelse.body)
    if not other:
        branches.append(ctx.scope.variables)
    merge(ctx, branches or [before])
    return None if branches else LEAVES


@on(cst.While)
def _(ctx: Context, node: cst.While) -> None:
    _loop(ctx, node, node.test)
    if not _breaks(node.body):
        narrow(ctx, node.test, holds=False)
    if node.orelse is not None:
        block(ctx, node.orelse.body)


@on(cst.For)
def _(ctx: Context, node: cst.For) -> None:
    ctx.lengths.add(id(node.iter))
    kind = iterated(ctx, node.iter, ctx.use(node.iter, loose=True))
    assign(ctx, node.target, element(kind))
    _loop(ctx, node, None)
    if node.orelse is not None:
        block(ctx, node.orelse.body)


def _loop(ctx: Context, node: cst.For | cst.While, condition: cst.BaseExpression | None) -> None:
    """Walk a body, and once more when its end changes what holds at its beginning."""
    for _ in range(2):
        before = dict(ctx.scope.variables)
        if condition is not None:
            truth(ctx, condition, loose=True)
            narrow(ctx, condition, holds=True)
        block(ctx, node.body)
        merge(ctx, [before, ctx.scope.variables])
        if ctx.scope.variables == before:
            break


def _breaks(body: cst.BaseSuite) -> bool:
    stack: list[cst.CSTNode] = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Break):
            return True
        if not isinstance(node, (cst.For, cst.While, cst.FunctionDef)):
            stack.extend(children(node))
    return False


@on(cst.With)
def _(ctx: Context, node: cst.With) -> Type | None:
    for item in node.items:
        kind = entered(ctx, item.item, ctx.use(item.item, loose=True))
        if kind is not None and kind.name == "AblageClient":
            ctx.site("with", node)
        if item.asname is not None:
            assign(ctx, item.asname.name, kind)
    return LEAVES if block(ctx, node.body) else None


def entered(ctx: Context, node: cst.BaseExpression, kind: Type | None) -> Type | None:
    """Return what ``with`` binds: of a generator that was made a context manager, what it yields."""
    if isinstance(node, cst.Call) and kind is not None and kind.name == "list":
        function = ctx.quietly(node.func)
        if function is not None and function.name == "function" and function.detail in ctx.managers:
            return element(kind)
    return kind


@on(cst.Try)
def _(ctx: Context, node: cst.Try) -> Type | None:
    before, uploads = dict(ctx.scope.variables), ctx.uploads
    left = block(ctx, node.body)
    if ctx.uploads != uploads and any(_names(handler.type) & _FILE_ERRORS for handler in node.handlers):
        ctx.mark(_UNREADABLE)
    if node.orelse is not None:
        left = block(ctx, node.orelse.body) or left
    ends = [] if left else [dict(ctx.scope.variables)]
    after_body = ctx.scope.variables
    late = [at for at, handler in enumerate(node.handlers) if "TimeoutError" in _names(handler.type)]
    for at, handler in enumerate(node.handlers):
        ctx.scope.variables = dict(after_body)
        merge(ctx, [dict(before), ctx.scope.variables])
        # A WaitTimeoutError is an AblageError now: it must not end up in an earlier handler than before.
        exact = any(other > at for other in late)
        kind = caught(ctx, handler.type, exact=exact) if handler.type is not None else None
        if handler.name is not None:
            assign(ctx, handler.name.name, kind)
        if not block(ctx, handler.body):
            ends.append(ctx.scope.variables)
    merge(ctx, ends or [after_body])
    if node.finalbody is not None:
        block(ctx, node.finalbody.body)
    return None if ends else LEAVES


def _names(node: cst.BaseExpression | None) -> set[str]:
    """Return the plain names in an ``except`` clause."""
    if isinstance(node, cst.Tuple):
        return {name for item in node.elements for name in _names(item.value)}
    return {node.value} if isinstance(node, cst.Name) else set()
