"""Expressions without calls: literals, names, operators, displays."""

from __future__ import annotations

import libcst as cst

from ablage_client_compat.migrate.code.annotations import flatten
from ablage_client_compat.migrate.code.context import Context, on
from ablage_client_compat.migrate.code.environment import compared_setting
from ablage_client_compat.migrate.code.mappings import iterated, spread
from ablage_client_compat.migrate.code.members import read_key, read_member
from ablage_client_compat.migrate.code.narrowing import always_there, narrow, truth
from ablage_client_compat.migrate.code.nodes import is_empty_dict, parenthesized, text_of
from ablage_client_compat.migrate.code.sinks import format_reads
from ablage_client_compat.migrate.code.urls import rewrite_string
from ablage_client_compat.migrate.code.visitors.imports import rename_name
from ablage_client_compat.migrate.rules.types import NEVER, NONE, Type, container, element, join

__all__: list[str] = []

TEXT = Type("Text")
FOREIGN = Type("foreign")


@on(cst.Name)
def _(ctx: Context, node: cst.Name) -> Type | None:
    if node.value == "None":
        return NONE
    kind = ctx.lookup(node.value)
    if kind is not None and kind.name in {"class", "symbol"}:
        rename_name(ctx, node, kind)
    return kind


@on(cst.SimpleString, cst.ConcatenatedString)
def _(ctx: Context, node: cst.SimpleString | cst.ConcatenatedString) -> Type | None:
    rewrite_string(ctx, node)
    return TEXT


@on(cst.FormattedString)
def _(ctx: Context, node: cst.FormattedString) -> Type | None:
    rewrite_string(ctx, node)
    ctx.quotes.append(node.start.lstrip("fFrR"))
    for part in node.parts:
        if isinstance(part, cst.FormattedStringExpression):
            shown = part.conversion is None and part.equal is None
            ctx.use(part.expression, loose=True, shown=shown)
            for spec in part.format_spec or ():
                ctx.visit(spec)
    ctx.quotes.pop()
    return TEXT


@on(cst.Integer, cst.Float, cst.Imaginary)
def _(ctx: Context, node: cst.Integer | cst.Float | cst.Imaginary) -> Type | None:
    del ctx, node
    return FOREIGN


@on(cst.Attribute)
def _(ctx: Context, node: cst.Attribute) -> Type | None:
    return read_member(ctx, node, loose=ctx.loose)


@on(cst.Subscript)
def _(ctx: Context, node: cst.Subscript) -> Type | None:
    return read_key(ctx, node, loose=ctx.loose)


@on(cst.Await)
def _(ctx: Context, node: cst.Await) -> Type | None:
    kind = ctx.visit(node.expression)
    if kind is not None and kind.name == "awaited":  # what stands there now is no coroutine any more
        ctx.edits.change(node, "await", lambda new: new.expression)
        return kind.of[0]
    return kind.of[0] if kind is not None and kind.name in {"coroutine", "future"} and kind.of else None


@on(cst.BooleanOperation)
def _(ctx: Context, node: cst.BooleanOperation) -> Type | None:
    loose, conjunction = ctx.loose, isinstance(node.operator, cst.And)
    if not conjunction and is_empty_dict(node.right):
        left = ctx.visit(node.left)
        if left is not None and left.name == "OcrResult":  # it was true, so the other side never counted
            ctx.edits.change(node, "default", lambda new: _only_left(new, loose=loose), count="defaults")
            return left
        always_there(ctx, left)
    left = truth(ctx, node.left)
    scope = ctx.scope
    before = dict(scope.variables)
    narrow(ctx, node.left, holds=conjunction)
    right = ctx.visit(node.right)
    scope.variables = before
    if conjunction:
        return join(left, right)
    if left is not None and left.optional:
        left = Type(left.name)
    return right if left is None and right is not None and right.name == "Text" else join(left, right)


def _only_left(new: cst.BaseExpression, *, loose: bool) -> cst.BaseExpression:
    assert isinstance(new, cst.BooleanOperation)  # noqa: S101 - what the caller edits
    return new.left if loose else parenthesized(new.left)


@on(cst.UnaryOperation)
def _(ctx: Context, node: cst.UnaryOperation) -> Type | None:
    if isinstance(node.operator, cst.Not):
        truth(ctx, node.expression)
    else:
        ctx.use(node.expression)
    return FOREIGN


@on(cst.BinaryOperation)
def _(ctx: Context, node: cst.BinaryOperation) -> Type | None:
    left, right = ctx.use(node.left), ctx.use(node.right)
    if isinstance(node.operator, cst.Modulo):
        format_reads(ctx, node.left, [right])
    if left is not None and left.name in {"list", "Text"}:
        return join(left, right) if left.name == "list" else left
    return None


@on(cst.Comparison)
def _(ctx: Context, node: cst.Comparison) -> Type | None:
    tolerant = all(_tolerates_none(part) for part in node.comparisons)
    left = ctx.visit(node.left) if tolerant else ctx.use(node.left, shown=True)
    for part in node.comparisons:
        kind = ctx.use(part.comparator, shown=True)
        if isinstance(part.operator, (cst.In, cst.NotIn)):
            iterated(ctx, part.comparator, kind)
        elif kind == NONE:
            always_there(ctx, left)
    compared_setting(ctx, node)
    return FOREIGN


def _tolerates_none(part: cst.ComparisonTarget) -> bool:
    """Tell whether comparing gives the same for ``None`` and for an empty string."""
    if isinstance(part.operator, (cst.Equal, cst.NotEqual)):
        return bool(text_of(part.comparator))
    return False


@on(cst.IfExp)
def _(ctx: Context, node: cst.IfExp) -> Type | None:
    truth(ctx, node.test)
    scope = ctx.scope
    before = dict(scope.variables)
    narrow(ctx, node.test, holds=True)
    body = ctx.visit(node.body)
    scope.variables = dict(before)
    narrow(ctx, node.test, holds=False)
    other = ctx.visit(node.orelse)
    scope.variables = before
    return join(body, other)


@on(cst.List, cst.Set)
def _(ctx: Context, node: cst.List | cst.Set) -> Type | None:
    kind: Type | None = NEVER
    for item in node.elements:
        part = ctx.use(item.value, loose=isinstance(item, cst.Element))
        if isinstance(item, cst.StarredElement):
            part = element(iterated(ctx, item.value, part))
        kind = join(kind, part)
    return container("list", kind)


@on(cst.Tuple)
def _(ctx: Context, node: cst.Tuple) -> Type | None:
    kinds = [ctx.use(item.value, loose=isinstance(item, cst.Element)) for item in node.elements]
    if id(node) not in ctx.lengths:
        flatten(ctx, node, {id(item): kind for item, kind in zip(node.elements, kinds, strict=True)})
    return container("tuple", *kinds)


@on(cst.Dict)
def _(ctx: Context, node: cst.Dict) -> Type | None:
    kind: Type | None = NEVER
    for item in node.elements:
        if isinstance(item, cst.DictElement):
            ctx.use(item.key, loose=True)
            kind = join(kind, ctx.use(item.value, loose=True))
        else:
            spread(ctx, ctx.use(item.value))
            kind = None
    return container("dict", kind)
