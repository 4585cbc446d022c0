"""Methods that are passed on instead of called: ``pool.map(client.get_document, ids)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_client_compat.migrate.code.methods import RESOURCES, function_of, is_reachable
from ablage_client_compat.migrate.rules.types import Type, container

if TYPE_CHECKING:
    from collections.abc import Sequence

    import libcst as cst

    from ablage_client_compat.migrate.code.walk import Walk

__all__ = ["call_reference", "rewrite_reference"]


def call_reference(walk: Walk, kind: Type, args: Sequence[cst.Arg]) -> None:
    """Handle the arguments for a method that was passed on: only what both methods call the same may stay."""
    base = kind.of[1] if kind.name == "bound" and len(kind.of) > 1 else None
    row = walk.rules.method(base, kind.detail) if base is not None else None
    if row is None or row.reason:
        return
    same = {slot.name for slot in row.call.arguments if slot.name == slot.source and not slot.expression}
    for at, arg in enumerate(args):
        if arg.star or (arg.keyword.value not in same if arg.keyword is not None else at > 0):
            walk.mark(f"{row.name}() is {row.call.path}() now: give it these arguments by their new names")
            return


def rewrite_reference(walk: Walk, node: cst.Attribute, base: Type) -> Type | None:
    """Handle a method that is passed on instead of called (``pool.map(client.get_document, ids)``)."""
    row = walk.rules.method(base, node.attr.value)
    if row is None:
        return None
    result = row.returns
    if base.name == "AsyncAblageClient":
        result = container("coroutine", result)
    kind = Type("bound", (result, base), node.attr.value)
    if row.reason:
        walk.mark(row.reason)
        return kind
    if row.expression or row.switch:
        walk.mark(f"write {row.expression or row.call}")
        return kind
    path, slots = row.call.path, row.call.arguments
    first = row.parameters[:1]
    same = not slots or (bool(first) and slots[0].source == first[0].name and not slots[0].expression)
    if not same or any(slot.always for slot in slots) or not is_reachable(node, base, path):
        walk.mark(f"this is client.{path}(…) now, with other arguments: write a small function")
        return kind
    if path.rpartition(".")[2] != row.name or base.name not in RESOURCES:
        walk.edits.change(
            node, "member", lambda new: function_of(new, base, path), count=f"{row.owner}.{row.name}"
        )
    return kind
