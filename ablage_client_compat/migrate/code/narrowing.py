"""What a test proves about the values in it, where it holds and where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.nodes import items_of, path_of, text_of
from ablage_client_compat.migrate.rules.types import Type, container

if TYPE_CHECKING:
    from ablage_client_compat.migrate.code.walk import Walk

__all__ = ["always_there", "narrow", "truth"]

FINAL_STATUS = "completed"
ALWAYS_THERE = "ocr_result was always there, and is None until recognition has ended: look at this test again"


def narrow(walk: Walk, test: cst.BaseExpression, *, holds: bool) -> None:
    """Note what follows when a test holds, or does not."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        narrow(walk, test.expression, holds=not holds)
    elif isinstance(test, cst.BooleanOperation):
        if isinstance(test.operator, cst.And) is holds:
            narrow(walk, test.left, holds=holds)
            narrow(walk, test.right, holds=holds)
    elif isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        _narrow_comparison(walk, test.left, test.comparisons[0], holds=holds)
    elif isinstance(test, cst.Call):
        _narrow_isinstance(walk, test, holds=holds)
    elif holds:
        _present(walk, test.target if isinstance(test, cst.NamedExpr) else test)


def truth(walk: Walk, node: cst.BaseExpression, *, loose: bool = False) -> Type | None:
    """Walk an expression whose truth is asked for.

    A page was true when it had items, and an OCR result always.
    """
    kind = walk.visit(node, loose=loose)
    if kind is None or isinstance(node, cst.BooleanOperation):  # its parts were asked
        return kind
    if kind.name == "Page":
        walk.edits.change(node, "items", items_of, count="pages")
        return container("list", *kind.of)
    always_there(walk, kind)
    return kind


def always_there(walk: Walk, kind: Type | None) -> None:
    """Handle a test that could never be false before."""
    if kind is not None and kind.name == "OcrResult" and kind.optional:
        walk.mark(ALWAYS_THERE)


def _present(walk: Walk, node: cst.BaseExpression) -> None:
    path, kind = path_of(node), _quiet_type(walk, node)
    if path is not None and kind is not None and kind.optional:
        walk.narrow(path, Type(kind.name))


def _quiet_type(walk: Walk, node: cst.BaseExpression) -> Type | None:
    """The type of a plain variable or attribute; no call is walked twice."""
    return walk.quietly(node) if path_of(node) else None


def _narrow_comparison(
    walk: Walk, left: cst.BaseExpression, right: cst.ComparisonTarget, *, holds: bool
) -> None:
    operator, value = right.operator, right.comparator
    if isinstance(value, cst.Name) and value.value == "None":
        if isinstance(operator, cst.IsNot) is holds:
            _present(walk, left)
        return
    path = path_of(left)
    base, _, name = (path or "").rpartition(".")
    if name != "status" or not isinstance(left, (cst.Attribute, cst.Subscript)):
        return
    values = _texts(value)
    same = isinstance(operator, (cst.Equal, cst.In))
    if (
        values == {FINAL_STATUS}
        and same is holds
        and isinstance(operator, (cst.Equal, cst.NotEqual, cst.In, cst.NotIn))
    ):
        kind = _quiet_type(walk, left.value)
        if kind is not None and kind.name == "Document":
            walk.narrow(base, Type("Document", (), FINAL_STATUS))


def _texts(node: cst.BaseExpression) -> set[str | None]:
    if isinstance(node, (cst.Tuple, cst.List, cst.Set)):
        return {text_of(item.value) for item in node.elements}
    return {text_of(node)}


def _narrow_isinstance(walk: Walk, test: cst.Call, *, holds: bool) -> None:
    if not (holds and isinstance(test.func, cst.Name) and test.func.value == "isinstance" and test.args[1:]):
        return
    path, kind = path_of(test.args[0].value), _quiet_type(walk, test.args[1].value)
    if path is not None and kind is not None and kind.name == "class":
        walk.narrow(path, kind.of[0])
