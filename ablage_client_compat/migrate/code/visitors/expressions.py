"""Expressions without calls: literals, names, operators, displays."""

from __future__ import annotations

import libcst as cst

from ablage_client_compat.migrate.code.annotations import flatten
from ablage_client_compat.migrate.code.environment import compared_setting
from ablage_client_compat.migrate.code.mappings import iterated, spread
from ablage_client_compat.migrate.code.members import read_key, read_member
from ablage_client_compat.migrate.code.names import rename_name
from ablage_client_compat.migrate.code.narrowing import always_there, narrow, truth
from ablage_client_compat.migrate.code.nodes import is_empty_dict, parenthesized, text_of
from ablage_client_compat.migrate.code.sinks import format_reads
from ablage_client_compat.migrate.code.urls import rewrite_string
from ablage_client_compat.migrate.code.walk import Walk, on
from ablage_client_compat.migrate.rules.types import NEVER, NONE, Type, container, element, join

__all__: list[str] = []

TEXT = Type("Text")
FOREIGN = Type("foreign")


@on(cst.Name)
def visit_name(walk: Walk, node: cst.Name) -> Type | None:
    if node.value == "None":
        return NONE
    kind = walk.lookup(node.value)
    if kind is not None and kind.name in {"class", "symbol"}:
        rename_name(walk, node, kind)
    return kind


@on(cst.SimpleString, cst.ConcatenatedString)
def visit_string(walk: Walk, node: cst.SimpleString | cst.ConcatenatedString) -> Type | None:
    rewrite_string(walk, node)
    return TEXT


@on(cst.FormattedString)
def visit_formatted_string(walk: Walk, node: cst.FormattedString) -> Type | None:
    rewrite_string(walk, node)
    walk.quotes.append(node.start.lstrip("fFrR"))
    for part in node.parts:
        if isinstance(part, cst.FormattedStringExpression):
            shown = part.conversion is None and part.equal is None
            walk.use(part.expression, loose=True, shown=shown)
            for spec in part.format_spec or ():
                walk.visit(spec)
    walk.quotes.pop()
    return TEXT


@on(cst.Integer, cst.Float, cst.Imaginary)
def visit_number(walk: Walk, node: cst.Integer | cst.Float | cst.Imaginary) -> Type | None:
    del walk, node
    return FOREIGN


@on(cst.Attribute)
def visit_attribute(walk: Walk, node: cst.Attribute) -> Type | None:
    return read_member(walk, node, loose=walk.loose)


@on(cst.Subscript)
def visit_subscript(walk: Walk, node: cst.Subscript) -> Type | None:
    return read_key(walk, node, loose=walk.loose)


@on(cst.Await)
def visit_await(walk: Walk, node: cst.Await) -> Type | None:
    kind = walk.visit(node.expression)
    if kind is not None and kind.name == "awaited":  # what stands there now is no coroutine any more
        walk.edits.change(node, "await", lambda new: new.expression)
        return kind.of[0]
    return kind.of[0] if kind is not None and kind.name in {"coroutine", "future"} and kind.of else None


@on(cst.BooleanOperation)
def visit_boolean_operation(walk: Walk, node: cst.BooleanOperation) -> Type | None:
    loose, conjunction = walk.loose, isinstance(node.operator, cst.And)
    if not conjunction and is_empty_dict(node.right):
        left = walk.visit(node.left)
        if left is not None and left.name == "OcrResult":  # it was true, so the other side never counted
            walk.edits.change(node, "default", lambda new: _only_left(new, loose=loose), count="defaults")
            return left
        always_there(walk, left)
    left = truth(walk, node.left)
    before = walk.variables()
    narrow(walk, node.left, holds=conjunction)
    right = walk.visit(node.right)
    walk.restore(before)
    if conjunction:
        return join(left, right)
    if left is not None and left.optional:
        left = Type(left.name)
    return right if left is None and right is not None and right.name == "Text" else join(left, right)


def _only_left(new: cst.BaseExpression, *, loose: bool) -> cst.BaseExpression:
    assert isinstance(new, cst.BooleanOperation)  # noqa: S101 - what the caller edits
    return new.left if loose else parenthesized(new.left)


@on(cst.UnaryOperation)
def visit_unary_operation(walk: Walk, node: cst.UnaryOperation) -> Type | None:
    if isinstance(node.operator, cst.Not):
        truth(walk, node.expression)
    else:
        walk.use(node.expression)
    return FOREIGN


@on(cst.BinaryOperation)
def visit_binary_operation(walk: Walk, node: cst.BinaryOperation) -> Type | None:
    left, right = walk.use(node.left), walk.use(node.right)
    if isinstance(node.operator, cst.Modulo):
        format_reads(walk, node.left, [right])
    if left is not None and left.name in {"list", "Text"}:
        return join(left, right) if left.name == "list" else left
    return None


@on(cst.Comparison)
def visit_comparison(walk: Walk, node: cst.Comparison) -> Type | None:
    tolerant = all(_tolerates_none(part) for part in node.comparisons)
    left = walk.visit(node.left) if tolerant else walk.use(node.left, shown=True)
    for part in node.comparisons:
        kind = walk.use(part.comparator, shown=True)
        if isinstance(part.operator, (cst.In, cst.NotIn)):
            iterated(walk, part.comparator, kind)
        elif kind == NONE:
            always_there(walk, left)
    compared_setting(walk, node)
    return FOREIGN


def _tolerates_none(part: cst.ComparisonTarget) -> bool:
    """Tell whether comparing gives the same for ``None`` and for an empty string."""
    if isinstance(part.operator, (cst.Equal, cst.NotEqual)):
        return bool(text_of(part.comparator))
    return False


@on(cst.IfExp)
def visit_if_exp(walk: Walk, node: cst.IfExp) -> Type | None:
    truth(walk, node.test)
    before = walk.variables()
    narrow(walk, node.test, holds=True)
    body = walk.visit(node.body)
    walk.restore(before)
    narrow(walk, node.test, holds=False)
    other = walk.visit(node.orelse)
    walk.restore(before)
    return join(body, other)


@on(cst.List, cst.Set)
def visit_list_or_set(walk: Walk, node: cst.List | cst.Set) -> Type | None:
    kind: Type | None = NEVER
    for item in node.elements:
        part = walk.use(item.value, loose=isinstance(item, cst.Element))
        if isinstance(item, cst.StarredElement):
            part = element(iterated(walk, item.value, part))
        kind = join(kind, part)
    return container("list", kind)


@on(cst.Tuple)
def visit_tuple(walk: Walk, node: cst.Tuple) -> Type | None:
    kinds = [walk.use(item.value, loose=isinstance(item, cst.Element)) for item in node.elements]
    if id(node) not in walk.facts.lengths:
        flatten(walk, node, {id(item): kind for item, kind in zip(node.elements, kinds, strict=True)})
    return container("tuple", *kinds)


@on(cst.Dict)
def visit_dict(walk: Walk, node: cst.Dict) -> Type | None:
    kind: Type | None = NEVER
    for item in node.elements:
        if isinstance(item, cst.DictElement):
            walk.use(item.key, loose=True)
            kind = join(kind, walk.use(item.value, loose=True))
        else:
            spread(walk, walk.use(item.value))
            kind = None
    return container("dict", kind)
