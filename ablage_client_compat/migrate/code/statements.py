"""Statements: assignments, blocks, branches, and what tests prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.annotations import annotated, caught, narrow_annotation
from ablage_client_compat.migrate.code.context import Context, on
from ablage_client_compat.migrate.code.edits import children
from ablage_client_compat.migrate.code.environment import rename_setting, written_setting
from ablage_client_compat.migrate.code.members import iterated, write_member
from ablage_client_compat.migrate.code.narrowing import narrow
from ablage_client_compat.migrate.code.nodes import path_of
from ablage_client_compat.migrate.code.paging import plan_paging
from ablage_client_compat.migrate.types import Type, container, element, join

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["assign", "block"]

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
                left = ctx.visit(statement) == _LEAVES or left
        else:
            ctx.visit(statement)
            left = left or isinstance(statement, (cst.Return, cst.Raise, cst.Continue, cst.Break))
    return left


#: What a compound statement's handler returns when control never comes out at its end.
_LEAVES = Type("leaves")


# --- assignments


def assign(ctx: Context, target: cst.BaseExpression, kind: Type | None) -> None:
    """Bind a target to a value of a type."""
    if isinstance(target, cst.Name):
        ctx.bind(target.value, kind)
    elif isinstance(target, (cst.Tuple, cst.List)):
        _unpack(ctx, target, kind)
    elif isinstance(target, cst.StarredElement):
        assign(ctx, target.value, kind)
    elif isinstance(target, cst.Attribute):
        owner = ctx.visit(target.value)
        if owner is not None and owner.name == "instance":
            ctx.facts.learn(f"attr:{owner.detail}.{target.attr.value}", kind)
        else:
            _assign_member(ctx, target)
        path = path_of(target)
        if path:
            ctx.forget(path)
            ctx.narrow(path, kind)
    elif isinstance(target, cst.Subscript):
        _assign_item(ctx, target, kind)
    else:
        ctx.visit(target)


def _unpack(ctx: Context, target: cst.Tuple | cst.List, kind: Type | None) -> None:
    parts: Sequence[Type | None]
    if kind is not None and kind.name == "tuple" and len(kind.of) == len(target.elements):
        parts = kind.of
    else:
        parts = [element(kind)] * len(target.elements)
    for item, part in zip(target.elements, parts, strict=True):
        starred = isinstance(item, cst.StarredElement)
        assign(ctx, item.value, container("list", part) if starred else part)


def _assign_member(ctx: Context, target: cst.Attribute) -> None:
    """An attribute of an old model on the left side."""
    write_member(ctx, target)


def _assign_item(ctx: Context, target: cst.Subscript, kind: Type | None) -> None:
    owner = ctx.visit(target.value)
    for part in target.slice:
        ctx.visit(part)
    path = path_of(target.value)
    if owner is not None and owner.name in {"dict", "list"} and path is not None:
        of = join(owner.of[0] if owner.of else None, kind)
        _refine(ctx, path, container(owner.name, of))
    elif not rename_setting(ctx, target, owner):
        write_member(ctx, target)


def _refine(ctx: Context, path: str, kind: Type) -> None:
    if "." in path:
        ctx.narrow(path, kind)
    else:
        ctx.refine(path, kind)


@on(cst.Assign)
def _(ctx: Context, node: cst.Assign) -> None:
    targets = [part.target for part in node.targets]
    value = node.value
    pairs = _pairs(targets, value)
    if pairs:
        kinds = [ctx.visit(part, loose=True) for _, part in pairs]
        for (target, _), kind in zip(pairs, kinds, strict=True):
            assign(ctx, target, kind)
        return
    simple = all(isinstance(target, (cst.Name, cst.Attribute)) for target in targets)
    kind = ctx.visit(value, loose=True) if simple else ctx.use(value, loose=True)
    for target in targets:
        assign(ctx, target, kind)
    written_setting(ctx, node)


def _pairs(
    targets: Sequence[cst.BaseAssignTargetExpression], value: cst.BaseExpression
) -> list[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """Return what is assigned to what in ``a, b = c, d``."""
    left = targets[0] if len(targets) == 1 else None
    if not isinstance(left, cst.Tuple) or not isinstance(value, cst.Tuple):
        return []
    if len(left.elements) != len(value.elements):
        return []
    return [(one.value, other.value) for one, other in zip(left.elements, value.elements, strict=True)]


@on(cst.AnnAssign)
def _(ctx: Context, node: cst.AnnAssign) -> None:
    kind = annotated(ctx, node.annotation.annotation)
    if node.value is not None:
        value = ctx.use(node.value, loose=True)
        narrow_annotation(ctx, node.annotation, value)
        kind = kind or value
    if isinstance(node.target, cst.Name) and ctx.scope.kind == "class":
        local = ctx.classes.get(ctx.scope.name)
        if local is not None and node.target.value not in local.fields:
            local.fields.append(node.target.value)
    assign(ctx, node.target, kind)


@on(cst.AugAssign)
def _(ctx: Context, node: cst.AugAssign) -> None:
    kind = ctx.use(node.target)
    value = ctx.use(node.value, loose=True)
    path = path_of(node.target)
    if path is not None and kind is not None and kind.name == "list":
        _refine(ctx, path, container("list", join(element(kind), element(value))))
    elif path is not None and "." not in path:
        ctx.bind(path, join(kind, value))


@on(cst.NamedExpr)
def _(ctx: Context, node: cst.NamedExpr) -> Type | None:
    kind = ctx.visit(node.value)
    assign(ctx, node.target, kind)
    return kind


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


def _merge(ctx: Context, branches: list[Variables]) -> None:
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
    ctx.visit(node.test, loose=True)
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
            other = ctx.visit(node.orelse) == _LEAVES
    elif node.orelse is not None:
        other = block(ctx, node.orelse.body)
    if not other:
        branches.append(ctx.scope.variables)
    _merge(ctx, branches or [before])
    return None if branches else _LEAVES


@on(cst.While)
def _(ctx: Context, node: cst.While) -> None:
    _loop(ctx, node, node.test)
    if not _breaks(node.body):
        narrow(ctx, node.test, holds=False)
    if node.orelse is not None:
        block(ctx, node.orelse.body)


@on(cst.For)
def _(ctx: Context, node: cst.For) -> None:
    kind = iterated(ctx, node.iter, ctx.use(node.iter, loose=True))
    assign(ctx, node.target, element(kind))
    _loop(ctx, node, None)
    if node.orelse is not None:
        block(ctx, node.orelse.body)


def _loop(ctx: Context, node: cst.For | cst.While, test: cst.BaseExpression | None) -> None:
    """Walk a body, and once more when its end changes what holds at its beginning."""
    for _ in range(2):
        before = dict(ctx.scope.variables)
        if test is not None:
            ctx.visit(test, loose=True)
            narrow(ctx, test, holds=True)
        block(ctx, node.body)
        _merge(ctx, [before, ctx.scope.variables])
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
        kind = ctx.use(item.item, loose=True)
        if kind is not None and kind.name == "AblageClient":
            ctx.site("with", node)
        if item.asname is not None:
            assign(ctx, item.asname.name, kind)
    return _LEAVES if block(ctx, node.body) else None


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
        _merge(ctx, [dict(before), ctx.scope.variables])
        # A WaitTimeoutError is an AblageError now: it must not end up in an earlier handler than before.
        exact = any(other > at for other in late)
        kind = caught(ctx, handler.type, exact=exact) if handler.type is not None else None
        if handler.name is not None:
            assign(ctx, handler.name.name, kind)
        if not block(ctx, handler.body):
            ends.append(ctx.scope.variables)
    _merge(ctx, ends or [after_body])
    if node.finalbody is not None:
        block(ctx, node.finalbody.body)
    return None if ends else _LEAVES


def _names(node: cst.BaseExpression | None) -> set[str]:
    """Return the plain names in an ``except`` clause."""
    if isinstance(node, cst.Tuple):
        return {name for item in node.elements for name in _names(item.value)}
    return {node.value} if isinstance(node, cst.Name) else set()
