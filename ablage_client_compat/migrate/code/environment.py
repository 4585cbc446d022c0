"""Settings of the server in ``os.environ``: new names, and megabytes instead of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.nodes import key_of, parenthesized, text_of
from ablage_client_compat.migrate.env.settings import MEBIBYTE, REMOVED, RENAMED, SIZE, megabytes
from ablage_client_compat.migrate.rules.types import Type

if TYPE_CHECKING:
    from ablage_client_compat.migrate.code.walk import Walk

__all__ = [
    "call_setting",
    "compared_setting",
    "read_setting",
    "read_size",
    "rename_setting",
    "written_setting",
]

_READERS = frozenset({"os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault"})
_SIZE_REASON = f"{SIZE[0]} (bytes) is {SIZE[1]} (megabytes, rounded up) now"


def read_setting(walk: Walk, node: cst.Subscript, base: Type, name: str) -> Type | None:
    """Handle ``os.environ["NAME"]`` where it is read."""
    if base.detail != "os.environ":
        return None
    index = node.slice[0].slice
    assert isinstance(index, cst.Index)  # noqa: S101 - the caller read its key
    _rename(walk, index.value, name)
    return Type("Text")


def call_setting(walk: Walk, node: cst.Call, dotted: str) -> bool:
    """Handle ``os.getenv("NAME", …)`` and its relatives; tell whether it was one."""
    name = text_of(node.args[0].value) if node.args else None
    if dotted not in _READERS or name is None:
        return False
    for arg in node.args[1:]:
        walk.use(arg.value, loose=True)
    _rename(walk, node.args[0].value, name)
    return True


def rename_setting(walk: Walk, target: cst.Subscript, owner: Type | None) -> bool:
    """Handle ``os.environ["NAME"] = …``; tell whether it is one. A size is left to `written_setting`."""
    if owner is None or owner.name != "symbol" or owner.detail != "os.environ":
        return False
    name = key_of(target)
    if name is not None and name != SIZE[0]:
        index = target.slice[0].slice
        if isinstance(index, cst.Index):
            _rename(walk, index.value, name)
    return True


def written_setting(walk: Walk, node: cst.Assign) -> None:
    """Handle ``os.environ["MAX_FILE_SIZE"] = "…"``, of which the value changes too."""
    for part in node.targets:
        target = part.target
        if not isinstance(target, cst.Subscript) or key_of(target) != SIZE[0]:
            continue
        value, index = constant(node.value), target.slice[0].slice
        if value is None or not isinstance(node.value, cst.SimpleString) or not isinstance(index, cst.Index):
            walk.mark(_SIZE_REASON)
            continue
        _replace(walk, index.value, SIZE[0], SIZE[1])
        _replace(walk, node.value, node.value.raw_value, str(megabytes(value)))


def compared_setting(walk: Walk, node: cst.Comparison) -> None:
    """Handle ``"NAME" in os.environ``."""
    name = text_of(node.left)
    if name is None or not isinstance(node.comparisons[0].operator, (cst.In, cst.NotIn)):
        return
    kind = walk.visit(node.comparisons[0].comparator)
    if kind is not None and kind.detail == "os.environ":
        if name == SIZE[0]:
            _replace(walk, node.left, *SIZE)
        else:
            _rename(walk, node.left, name)


def read_size(walk: Walk, node: cst.Call, *, loose: bool) -> bool:
    """Handle ``int(os.environ.get("MAX_FILE_SIZE", …))``: the program goes on in bytes.

    Returns:
        Whether the call was one of these.
    """
    if len(node.args) != 1:
        return False
    inner = node.args[0].value
    name = key_of(inner) if isinstance(inner, cst.Subscript) else None
    default: cst.BaseExpression | None = None
    if isinstance(inner, cst.Call) and inner.args and text_of(inner.args[0].value) == SIZE[0]:
        name = SIZE[0]
        default = inner.args[1].value if len(inner.args) > 1 else None
        source = walk.visit(inner.func)
    elif isinstance(inner, cst.Subscript):
        source = walk.visit(inner.value)
    else:
        return False
    if name != SIZE[0] or source is None or not source.detail.startswith("os."):
        return False
    bytes_ = constant(default) if default is not None else 0
    if bytes_ is None or bytes_ % MEBIBYTE:
        walk.mark(_SIZE_REASON)
        return True
    literal = inner.args[0].value if isinstance(inner, cst.Call) else inner.slice[0].slice
    _replace(walk, literal.value if isinstance(literal, cst.Index) else literal, *SIZE)
    if default is not None:
        number = str(bytes_ // MEBIBYTE)
        text = f'"{number}"' if isinstance(default, cst.SimpleString) else number
        walk.edits.change(default, "default", lambda _: cst.parse_expression(text))
    walk.edits.change(node, "size", lambda new: _times_mebibyte(new, loose=loose))
    return True


def _times_mebibyte(node: cst.Call, *, loose: bool) -> cst.BaseExpression:
    product = cst.parse_expression("x * 1024 * 1024")
    assert isinstance(product, cst.BinaryOperation)  # noqa: S101 - the line above
    inner = product.left
    assert isinstance(inner, cst.BinaryOperation)  # noqa: S101 - multiplication goes left to right
    result = product.with_changes(left=inner.with_changes(left=node))
    return result if loose else parenthesized(result)


def _rename(walk: Walk, literal: cst.CSTNode, name: str) -> None:
    if name in RENAMED:
        _replace(walk, literal, name, RENAMED[name])
    elif name == SIZE[0]:
        walk.mark(_SIZE_REASON)
    elif name in REMOVED:
        walk.mark(f"{name} was removed: {REMOVED[name]}")


def _replace(walk: Walk, literal: cst.CSTNode, old: str, new: str) -> None:
    if isinstance(literal, cst.SimpleString):
        walk.edits.change(
            literal,
            "setting",
            lambda node: node.with_changes(value=node.value.replace(old, new)),
            count="settings",
        )


def constant(node: cst.BaseExpression) -> int | None:
    """Return the value of a number, a number in quotes, or a product of numbers."""
    if isinstance(node, cst.Integer):
        return int(node.value.replace("_", ""), 0)
    text = text_of(node)
    if text is not None:
        return int(text) if text.isdecimal() else None
    if isinstance(node, cst.BinaryOperation):
        left, right = constant(node.left), constant(node.right)
        if left is not None and right is not None and isinstance(node.operator, cst.Multiply):
            return left * right
    return None
