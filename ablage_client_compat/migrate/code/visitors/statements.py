"""Statements: blocks, branches, loops, and what tests prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.annotations import caught
from ablage_client_compat.migrate.code.edits import children
from ablage_client_compat.migrate.code.mappings import iterated
from ablage_client_compat.migrate.code.narrowing import narrow, truth
from ablage_client_compat.migrate.code.paging import plan_paging
from ablage_client_compat.migrate.code.visitors.assignments import assign
from ablage_client_compat.migrate.code.walk import Walk, on
from ablage_client_compat.migrate.rules.types import Type, element, join

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LEAVES", "block", "merge"]

_FILE_ERRORS = {"FileNotFoundError", "OSError", "IOError", "PermissionError", "IsADirectoryError"}
_UNREADABLE = "upload() raises ConfigurationError for a path that it cannot read, before anything is sent"
Variables = dict[str, "Type | None"]


def block(walk: Walk, body: cst.BaseSuite | Sequence[cst.CSTNode]) -> bool:
    """Walk statements in order; tell whether control surely leaves before the end."""
    statements = body.body if isinstance(body, cst.BaseSuite) else body
    left = False
    for at, statement in enumerate(statements):
        if isinstance(statement, cst.While):
            plan_paging(walk, statements, at)
        if isinstance(statement, cst.SimpleStatementLine):
            if id(statement) in walk.edits.skipped:
                continue
            with walk.statement(statement):
                left = block(walk, statement.body) or left
        elif hasattr(statement, "leading_lines"):
            with walk.statement(statement):
                left = walk.visit(statement) == LEAVES or left
        else:
            walk.visit(statement)
            left = left or isinstance(statement, (cst.Return, cst.Raise, cst.Continue, cst.Break))
    return left


#: What a compound statement's handler returns when control never comes out at its end.
LEAVES = Type("leaves")


@on(cst.Assert)
def visit_assert(walk: Walk, node: cst.Assert) -> None:
    truth(walk, node.test, loose=True)
    narrow(walk, node.test, holds=True)
    if node.msg is not None:
        walk.use(node.msg, loose=True)


@on(cst.Del)
def visit_del(walk: Walk, node: cst.Del) -> None:
    walk.visit(node.target)


@on(cst.Global, cst.Nonlocal)
def visit_global(walk: Walk, node: cst.Global | cst.Nonlocal) -> None:
    if isinstance(node, cst.Global):
        walk.declare_global(item.name.value for item in node.names)


@on(cst.IndentedBlock, cst.SimpleStatementSuite)
def visit_suite(walk: Walk, node: cst.IndentedBlock | cst.SimpleStatementSuite) -> None:
    block(walk, node)


@on(cst.Expr)
def visit_expr(walk: Walk, node: cst.Expr) -> None:
    walk.visit(node.value, loose=True)


# --- branches


def merge(walk: Walk, branches: list[Variables]) -> None:
    """Continue with what all branches agree on; a name only some of them bind keeps its type."""
    merged: Variables = {}
    for variables in branches:
        for name, kind in variables.items():
            merged[name] = join(merged[name], kind) if name in merged else kind
    everywhere = [name for name in merged if "." in name and not all(name in b for b in branches)]
    for name in everywhere:  # what a test has shown holds in its branch only
        del merged[name]
    walk.restore(merged)


@on(cst.If)
def visit_if(walk: Walk, node: cst.If) -> Type | None:
    truth(walk, node.test, loose=True)
    before = walk.variables()
    narrow(walk, node.test, holds=True)
    branches, left = [], block(walk, node.body)
    if not left:
        branches.append(walk.variables())
    walk.restore(before)
    narrow(walk, node.test, holds=False)
    other = False
    if isinstance(node.orelse, cst.If):
        with walk.statement(node.orelse):
            other = walk.visit(node.orelse) == LEAVES
    elif node.orelse is not None:
        other = block(walk, node.orelse.body)
    if not other:
        branches.append(walk.variables())
    merge(walk, branches or [before])
    return None if branches else LEAVES


@on(cst.While)
def visit_while(walk: Walk, node: cst.While) -> None:
    _loop(walk, node, node.test)
    if not _breaks(node.body):
        narrow(walk, node.test, holds=False)
    if node.orelse is not None:
        block(walk, node.orelse.body)


@on(cst.For)
def visit_for(walk: Walk, node: cst.For) -> None:
    walk.facts.lengths.add(id(node.iter))
    kind = iterated(walk, node.iter, walk.use(node.iter, loose=True))
    assign(walk, node.target, element(kind))
    _loop(walk, node, None)
    if node.orelse is not None:
        block(walk, node.orelse.body)


def _loop(walk: Walk, node: cst.For | cst.While, condition: cst.BaseExpression | None) -> None:
    """Walk a body, and once more when its end changes what holds at its beginning."""
    for _ in range(2):
        before = walk.variables()
        if condition is not None:
            truth(walk, condition, loose=True)
            narrow(walk, condition, holds=True)
        block(walk, node.body)
        merge(walk, [before, walk.variables()])
        if walk.scope.variables == before:
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
def visit_with(walk: Walk, node: cst.With) -> Type | None:
    for item in node.items:
        kind = entered(walk, item.item, walk.use(item.item, loose=True))
        if kind is not None and kind.name == "AblageClient":
            walk.site("with", node)
        if item.asname is not None:
            assign(walk, item.asname.name, kind)
    return LEAVES if block(walk, node.body) else None


def entered(walk: Walk, node: cst.BaseExpression, kind: Type | None) -> Type | None:
    """Return what ``with`` binds: of a generator that was made a context manager, what it yields."""
    if isinstance(node, cst.Call) and kind is not None and kind.name == "list":
        function = walk.quietly(node.func)
        if function is not None and function.name == "function" and function.detail in walk.facts.managers:
            return element(kind)
    return kind


@on(cst.Try)
def visit_try(walk: Walk, node: cst.Try) -> Type | None:
    before, uploads = walk.variables(), walk.facts.uploads
    left = block(walk, node.body)
    if walk.facts.uploads != uploads and any(
        _names(handler.type) & _FILE_ERRORS for handler in node.handlers
    ):
        walk.mark(_UNREADABLE)
    if node.orelse is not None:
        left = block(walk, node.orelse.body) or left
    ends = [] if left else [walk.variables()]
    after_body = walk.variables()
    late = [at for at, handler in enumerate(node.handlers) if "TimeoutError" in _names(handler.type)]
    for at, handler in enumerate(node.handlers):
        walk.restore(after_body)
        merge(walk, [before, walk.variables()])
        # A WaitTimeoutError is an AblageError now: it must not end up in an earlier handler than before.
        exact = any(other > at for other in late)
        kind = caught(walk, handler.type, exact=exact) if handler.type is not None else None
        if handler.name is not None:
            assign(walk, handler.name.name, kind)
        if not block(walk, handler.body):
            ends.append(walk.variables())
    merge(walk, ends or [after_body])
    if node.finalbody is not None:
        block(walk, node.finalbody.body)
    return None if ends else LEAVES


def _names(node: cst.BaseExpression | None) -> set[str]:
    """Return the plain names in an ``except`` clause."""
    if isinstance(node, cst.Tuple):
        return {name for item in node.elements for name in _names(item.value)}
    return {node.value} if isinstance(node, cst.Name) else set()
