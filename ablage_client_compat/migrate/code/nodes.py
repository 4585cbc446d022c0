"""Small questions about syntax nodes, and expressions made from templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "as_text",
    "fill",
    "is_empty_dict",
    "items_of",
    "key_of",
    "parameters_of",
    "parenthesized",
    "path_of",
    "text_of",
]


def as_text(new: cst.BaseExpression) -> cst.BaseExpression:
    """Statuses and event types are members of an enumeration now, equal to the old strings."""
    return cst.Call(cst.Name("str"), [cst.Arg(new.with_changes(lpar=[], rpar=[]))])


def parenthesized(node: cst.BaseExpression) -> cst.BaseExpression:
    """Put parentheses around an expression unless it has some or is a single term."""
    single = (
        cst.Name,
        cst.Attribute,
        cst.Subscript,
        cst.Call,
        cst.SimpleString,
        cst.Integer,
        cst.List,
        cst.Dict,
    )
    if node.lpar or isinstance(node, single):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def items_of(new: cst.BaseExpression) -> cst.BaseExpression:
    """What a page was when it was treated as a list is in its ``items`` now."""
    return cst.Attribute(parenthesized(new), cst.Name("items"))


def parameters_of(node: cst.FunctionDef | cst.Lambda) -> list[cst.Param]:
    """Return the parameters that can be given by position, in order, then the keyword-only ones."""
    return [*node.params.posonly_params, *node.params.params, *node.params.kwonly_params]


def is_empty_dict(node: cst.BaseExpression) -> bool:
    """Tell whether an expression is ``{}`` or ``dict()``."""
    if isinstance(node, cst.Dict):
        return not node.elements
    called = node.func if isinstance(node, cst.Call) and not node.args else None
    return isinstance(called, cst.Name) and called.value == "dict"


class _Filler(cst.CSTTransformer):
    def __init__(self, values: Mapping[str, cst.BaseExpression]) -> None:
        super().__init__()
        self._values = values

    def leave_Attribute(  # noqa: N802 - LibCST's name
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:  # noqa: N802 - LibCST's name
        value = self._values.get(original_node.value)
        return updated_node if value is None else value.deep_clone()

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:  # noqa: N802 - LibCST's name
        # concurrency=concurrency: the name of the argument is no variable.
        return updated_node.with_changes(keyword=original_node.keyword)


def fill(expression: str, values: Mapping[str, cst.BaseExpression]) -> cst.BaseExpression:
    """Return an expression with values for some of its names."""
    filled = cst.parse_expression(expression).visit(_Filler(values))
    assert isinstance(filled, cst.BaseExpression)  # noqa: S101 - an expression stays one
    return filled


def text_of(node: cst.CSTNode) -> str | None:
    """Return the value of a string literal."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def key_of(node: cst.Subscript) -> str | None:
    """Return the key of ``x["key"]``."""
    if len(node.slice) == 1 and isinstance(index_ := node.slice[0].slice, cst.Index):
        return text_of(index_.value)
    return None


def path_of(node: cst.CSTNode) -> str | None:
    """Return the dotted path of ``a.b`` or ``a["b"]``: both are the same member."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        base = path_of(node.value)
        return f"{base}.{node.attr.value}" if base else None
    if isinstance(node, cst.Subscript) and (key := key_of(node)) is not None:
        base = path_of(node.value)
        return f"{base}.{key}" if base else None
    return None
