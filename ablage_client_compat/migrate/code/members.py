"""Attributes and keys of old objects become attributes of the new models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import libcst as cst

from ablage_client_compat.migrate.code.environment import read_setting
from ablage_client_compat.migrate.code.mappings import MAPPINGS, iterated
from ablage_client_compat.migrate.code.names import symbol_member
from ablage_client_compat.migrate.code.nodes import (
    fill,
    is_empty_dict,
    key_of,
    parenthesized,
    path_of,
)
from ablage_client_compat.migrate.code.references import rewrite_reference
from ablage_client_compat.migrate.rules.model import occurrences, shown
from ablage_client_compat.migrate.rules.types import Type, container, element

if TYPE_CHECKING:
    from collections.abc import Callable

    from ablage_client_compat.migrate.code.walk import Walk
    from ablage_client_compat.migrate.rules.model import Member

__all__ = [
    "legacy_bases",
    "member_of",
    "read_get",
    "read_key",
    "read_member",
    "write_member",
]

E = TypeVar("E", bound=cst.BaseExpression)

READ_ONLY = "models are read-only now: send changes with documents.update(id, tags=…, metadata=…)"


def read_member(walk: Walk, node: cst.Attribute, *, loose: bool) -> Type | None:
    """Handle ``value.name`` where it is read."""
    return member_of(walk, node, walk.use(node.value), loose=loose)


def member_of(walk: Walk, node: cst.Attribute, base: Type | None, *, loose: bool) -> Type | None:
    """Handle ``value.name``, ``value`` having been walked and found to be of type ``base``."""
    name = node.attr.value
    if (path := path_of(node)) is not None and (shown := walk.narrowed(path)) is not None:
        _rename_only(walk, node, base, name)
        return shown
    if base is None or base.name == "never":
        if (reason := walk.rules.peculiar.get(name)) is not None:
            walk.mark(reason)
        return walk.client_called(name)
    if base.name == "symbol":
        kind = symbol_member(walk, node, base)
        unknown = kind is not None and kind.name == "symbol"
        return (walk.client_called(name) or kind) if unknown else kind
    if base.name in {"instance", "localclass"}:
        return _local_member(walk, node, base, loose=loose)
    if base.name == "class":
        return Type("method", (base,), name)
    return _legacy_member(walk, node, base, loose=loose)


def _local_member(walk: Walk, node: cst.Attribute, base: Type, *, loose: bool) -> Type | None:
    name = node.attr.value
    local = walk.facts.classes.get(base.detail)
    while local is not None:
        if name in local.properties:
            return walk.facts.read(f"return:{local.name}.{name}")
        if name in local.methods:
            return Type("function", (), f"{local.name}.{name}")
        if (known := walk.facts.read(f"attr:{local.name}.{name}")) is not None:
            return known
        parents = [base for base in local.bases if base.name == "instance"]
        local = walk.facts.classes.get(parents[0].detail) if parents else None
    for parent in legacy_bases(walk, base):
        if walk.rules.member(parent, name) or walk.rules.method(parent, name):
            return _legacy_member(walk, node, parent, loose=loose)
    return None


def legacy_bases(walk: Walk, kind: Type) -> list[Type]:
    """Return the old classes that a class of the file derives from, directly or not."""
    local = walk.facts.classes.get(kind.detail)
    result: list[Type] = []
    for base in local.bases if local is not None else ():
        result.extend(legacy_bases(walk, base) if base.name == "instance" else [base])
    return result


def _legacy_member(walk: Walk, node: cst.Attribute, base: Type, *, loose: bool) -> Type | None:
    name = node.attr.value
    row = walk.rules.member(base, name)
    if row is not None:
        _rewrite(walk, node, base, row, lambda new: new.value, loose=loose)
        return _result(row, base)
    if walk.rules.method(base, name) is not None:
        return rewrite_reference(walk, node, base)
    return Type("method", (base,), name)


def _rename_only(walk: Walk, node: cst.Attribute, base: Type | None, name: str) -> None:
    """Rename an attribute about whose value a test has already shown more."""
    if base is not None and (row := walk.rules.member(base, name)) is not None:
        _rewrite(walk, node, base, row, lambda new: new.value, loose=False)


def _result(row: Member, base: Type) -> Type | None:
    kind = row.returns
    if base.name == "Page" and kind is not None and kind.name == "list":
        return container("list", *base.of)
    if kind is not None and kind.optional and base.detail == "completed":
        return Type(kind.name, kind.of)
    return kind


def read_key(walk: Walk, node: cst.Subscript, *, loose: bool) -> Type | None:
    """Handle ``value["key"]``, ``value[0]`` and ``value[1:]`` where it is read."""
    base = walk.use(node.value)
    name = key_of(node)
    if name is None:
        return _read_index(walk, node, base)
    if base is not None and base.name == "symbol":
        return read_setting(walk, node, base, name)
    if base is not None and base.name == "dict":
        return element(container("list", *base.of))
    if base is None:
        if (reason := walk.rules.peculiar.get(name)) is not None:
            walk.mark(reason)
        return walk.client_called(name)
    if base.name not in MAPPINGS:
        return None
    row = walk.rules.member(base, name)
    if row is None:
        walk.mark(f"the new model has no field {name!r}: see the table in the migration guide")
        return None
    path = path_of(node)
    _rewrite(walk, node, base, row, lambda new: new.value, loose=loose)
    return (walk.narrowed(path) if path else None) or _result(row, base)


def _read_index(walk: Walk, node: cst.Subscript, base: Type | None) -> Type | None:
    whole = any(isinstance(part.slice, cst.Slice) for part in node.slice)
    for part in node.slice:
        walk.visit(part)
    if base is not None and base.name in MAPPINGS and base.name != "Page":
        walk.mark("this reads a field whose name is computed: use getattr() with the new name")
        return None
    kind = iterated(walk, node.value, base)
    if base is not None and base.name == "dict":
        return element(container("list", *base.of))
    if whole:
        return kind
    at = _position(node)
    if base is not None and base.name == "tuple" and at is not None and at < len(base.of):
        return base.of[at]
    return element(kind)


def _position(node: cst.Subscript) -> int | None:
    part = node.slice[0].slice
    return (
        int(part.value.value) if isinstance(part, cst.Index) and isinstance(part.value, cst.Integer) else None
    )


def read_get(walk: Walk, node: cst.Call, base: Type, name: str, *, loose: bool) -> Type | None:
    """Handle ``value.get("key")``: the default never applied, old answers were complete."""
    row = walk.rules.member(base, name)
    if row is None:
        walk.mark(f"the new model has no field {name!r}: see the table in the migration guide")
        return None

    def base_of(new: cst.Call) -> cst.BaseExpression:
        assert isinstance(new.func, cst.Attribute)  # noqa: S101 - the caller saw ``value.get``
        return new.func.value

    _rewrite(walk, node, base, row, base_of, loose=loose)
    return _result(row, base)


def write_member(walk: Walk, target: cst.Attribute | cst.Subscript) -> None:
    """Handle an assignment to an attribute or key of an old object."""
    name = target.attr.value if isinstance(target, cst.Attribute) else key_of(target)
    base = walk.visit(target.value)
    if base is None:
        if name in walk.rules.peculiar:
            walk.mark(walk.rules.peculiar[name])
    elif base.name in MAPPINGS:
        walk.mark(READ_ONLY)
    elif name is not None and (row := walk.rules.member(base, name)) is not None and row.reason:
        walk.mark(row.reason)


def _rewrite(
    walk: Walk, node: E, base: Type, row: Member, base_of: Callable[[E], cst.BaseExpression], *, loose: bool
) -> None:
    if row.reason:
        walk.mark(row.reason)
        return
    is_attribute = isinstance(node, cst.Attribute)
    expression = row.expression if is_attribute or not row.by_key else row.by_key
    if row.may_fail and walk.flags.waits:
        expression = row.may_fail
        walk.edits.imports["DocumentFailedError"] = None
    if is_attribute and row.new == row.name and not base.optional:
        return
    value = _value_of(node)
    if (base.optional or occurrences(expression, row.variable) > 1) and path_of(value) is None:
        text = shown(expression, row.variable) or row.new
        walk.mark(f"{row.name} is {text} now: put the value into a variable first")
        return
    quotes = bool(walk.quotes and walk.quotes[-1].startswith('"'))

    def change(new: E) -> cst.BaseExpression:
        result = _expression(base_of(new), base, row, expression, single_quotes=quotes)
        result = result.with_changes(lpar=new.lpar, rpar=new.rpar) if new.lpar else result
        return result if loose else parenthesized(result)

    walk.edits.change(
        node,
        "member",
        change,
        count=f"{row.owner}.{row.name}" if expression or row.new != row.name else "keys",
    )


def _value_of(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return ``value`` of ``value.name``, ``value["key"]`` or ``(value or {}).get("key")``."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        node = node.func
    assert isinstance(node, (cst.Attribute, cst.Subscript))  # noqa: S101 - what the callers pass
    value = node.value
    return value.left if isinstance(value, cst.BooleanOperation) and is_empty_dict(value.right) else value


def _expression(
    value: cst.BaseExpression, base: Type, row: Member, expression: str, *, single_quotes: bool
) -> cst.BaseExpression:
    if expression:
        result = fill(_quoted(expression, single=single_quotes), {row.variable: value})
    else:
        result = value
        for part in row.new.split("."):
            result = cst.Attribute(result, cst.Name(part))
    if not base.optional:
        return result
    missing = cst.parse_expression(_quoted(row.missing, single=single_quotes))
    return cst.IfExp(test=value.deep_clone(), body=result, orelse=missing)


def _quoted(expression: str, *, single: bool) -> str:
    return expression.replace('"', "'") if single else expression
