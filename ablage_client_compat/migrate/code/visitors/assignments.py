"""Assignments: what a variable, an attribute or an item holds from there on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.annotations import annotated, narrow_annotation
from ablage_client_compat.migrate.code.environment import rename_setting, written_setting
from ablage_client_compat.migrate.code.mappings import iterated
from ablage_client_compat.migrate.code.members import write_member
from ablage_client_compat.migrate.code.nodes import key_of, path_of
from ablage_client_compat.migrate.code.visitors.imports import rename_fallback
from ablage_client_compat.migrate.code.walk import Walk, on
from ablage_client_compat.migrate.rules.types import Type, container, element, join

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["assign"]


def assign(walk: Walk, target: cst.BaseExpression, kind: Type | None) -> None:
    """Bind a target to a value of a type."""
    if isinstance(target, cst.Name):
        if not rename_fallback(walk, target):
            walk.bind(target.value, kind)
    elif isinstance(target, (cst.Tuple, cst.List)):
        _unpack(walk, target, kind)
    elif isinstance(target, cst.StarredElement):
        assign(walk, target.value, kind)
    elif isinstance(target, cst.Attribute):
        owner = walk.visit(target.value)
        if owner is not None and owner.name == "instance":
            walk.facts.learn(f"attr:{owner.detail}.{target.attr.value}", kind)
        else:
            walk.learn_client(target.attr.value, kind)
            _assign_member(walk, target)
        path = path_of(target)
        if path:
            walk.forget(path)
            walk.narrow(path, kind)
    elif isinstance(target, cst.Subscript):
        _assign_item(walk, target, kind)
    else:
        walk.visit(target)


def _unpack(walk: Walk, target: cst.Tuple | cst.List, kind: Type | None) -> None:
    parts: Sequence[Type | None]
    if kind is not None and kind.name == "tuple" and len(kind.of) == len(target.elements):
        parts = kind.of
    else:
        parts = [element(kind)] * len(target.elements)
    for item, part in zip(target.elements, parts, strict=True):
        starred = isinstance(item, cst.StarredElement)
        assign(walk, item.value, container("list", part) if starred else part)


def _assign_member(walk: Walk, target: cst.Attribute) -> None:
    """An attribute of an old model on the left side."""
    write_member(walk, target)


def _assign_item(walk: Walk, target: cst.Subscript, kind: Type | None) -> None:
    owner = walk.visit(target.value)
    for part in target.slice:
        walk.visit(part)
    path = path_of(target.value)
    if owner is not None and owner.name in {"dict", "list"} and path is not None:
        of = join(owner.of[0] if owner.of else None, kind)
        _refine(walk, path, container(owner.name, of))
    elif not rename_setting(walk, target, owner):
        if (key := key_of(target)) is not None:
            walk.learn_client(key, kind)
        write_member(walk, target)


def _refine(walk: Walk, path: str, kind: Type) -> None:
    if "." in path:
        walk.narrow(path, kind)
    else:
        walk.refine(path, kind)


@on(cst.Assign)
def visit_assign(walk: Walk, node: cst.Assign) -> None:
    targets = [part.target for part in node.targets]
    value = node.value
    pairs = _pairs(targets, value)
    if pairs:
        kinds = [walk.visit(part, loose=True) for _, part in pairs]
        for (target, _), kind in zip(pairs, kinds, strict=True):
            assign(walk, target, kind)
        return
    simple = all(isinstance(target, (cst.Name, cst.Attribute)) for target in targets)
    kind = walk.visit(value, loose=True) if simple else walk.use(value, loose=True)
    if any(isinstance(target, (cst.Tuple, cst.List)) for target in targets):
        kind = iterated(walk, value, kind)
    for target in targets:
        assign(walk, target, kind)
    written_setting(walk, node)


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
def visit_ann_assign(walk: Walk, node: cst.AnnAssign) -> None:
    kind = annotated(walk, node.annotation.annotation)
    if node.value is not None:
        value = walk.use(node.value, loose=True)
        narrow_annotation(walk, node.annotation, value)
        kind = kind or value
    if isinstance(node.target, cst.Name) and walk.scope.kind == "class":
        local = walk.facts.classes.get(walk.scope.name)
        if local is not None and node.target.value not in local.fields:
            local.fields.append(node.target.value)
    assign(walk, node.target, kind)


@on(cst.AugAssign)
def visit_aug_assign(walk: Walk, node: cst.AugAssign) -> None:
    kind = walk.use(node.target)
    value = walk.use(node.value, loose=True)
    path = path_of(node.target)
    if path is not None and kind is not None and kind.name == "list":
        _refine(walk, path, container("list", join(element(kind), element(value))))
    elif path is not None and "." not in path:
        walk.bind(path, join(kind, value))


@on(cst.NamedExpr)
def visit_named_expr(walk: Walk, node: cst.NamedExpr) -> Type | None:
    kind = walk.visit(node.value)
    assign(walk, node.target, kind)
    return kind
