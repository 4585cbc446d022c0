"""Assignments: what a variable, an attribute or an item holds from there on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.annotations import annotated, narrow_annotation
from ablage_client_compat.migrate.code.context import Context, on
from ablage_client_compat.migrate.code.environment import rename_setting, written_setting
from ablage_client_compat.migrate.code.mappings import iterated
from ablage_client_compat.migrate.code.members import write_member
from ablage_client_compat.migrate.code.nodes import key_of, path_of
from ablage_client_compat.migrate.code.visitors.imports import rename_fallback
from ablage_client_compat.migrate.rules.types import Type, container, element, join

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["assign"]


def assign(ctx: Context, target: cst.BaseExpression, kind: Type | None) -> None:
    """Bind a target to a value of a type."""
    if isinstance(target, cst.Name):
        if not rename_fallback(ctx, target):
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
            ctx.learn_client(target.attr.value, kind)
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
        if (key := key_of(target)) is not None:
            ctx.learn_client(key, kind)
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
    if any(isinstance(target, (cst.Tuple, cst.List)) for target in targets):
        kind = iterated(ctx, value, kind)
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
