"""What the arguments of a call meant to the old method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.nodes import text_of
from ablage_client_compat.migrate.rules.signatures import OTHERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ablage_client_compat.migrate.code.walk import Walk
    from ablage_client_compat.migrate.rules.model import Method
    from ablage_client_compat.migrate.rules.signatures import Argument, Parameter

__all__ = ["Bound", "bind_arguments", "problem_of", "signature_of"]

STARRED = "the arguments come from * or **: check their names against the new method"

#: An argument of a call with the old parameter it fills.
Bound = tuple[cst.Arg, "Parameter | None"]


def signature_of(node: cst.Call, row: Method) -> Sequence[Parameter] | None:
    """Return the old parameters that the arguments of a call mean; ``None`` when that is not certain."""
    if not row.other_parameters:
        return row.parameters
    positional = [arg.value for arg in node.args if arg.keyword is None]
    first = 0
    while first < len(row.parameters) and first < len(row.other_parameters):
        if row.parameters[first].name != row.other_parameters[first].name:
            break
        first += 1
    if len(positional) <= first or row.name == "login":
        return row.every_parameter
    order = _dialect_of(row.name, positional[first])
    if order is None:
        return None
    chosen, other = (row.parameters, row.other_parameters)[:: 1 if order == "B" else -1]
    return [*chosen, *(p for p in other if p.name not in {q.name for q in chosen})]


def _dialect_of(name: str, value: cst.BaseExpression) -> str | None:
    """Tell from the first argument that differs which dialect a call is written in."""
    if name == "list_documents":
        if isinstance(value, cst.Integer):
            return "B"
        return (
            "C"
            if text_of(value) is not None or (isinstance(value, cst.Name) and value.value == "None")
            else None
        )
    if name == "search_documents":
        return "C" if isinstance(value, cst.Integer) else "B" if text_of(value) is not None else None
    if isinstance(value, (cst.List, cst.Tuple, cst.Dict, cst.Set)):
        return "B"
    return "C" if text_of(value) is not None else None


def bind_arguments(walk: Walk, node: cst.Call, parameters: Sequence[Parameter]) -> list[Bound] | None:
    """Match arguments with old parameters; mark and return ``None`` when that is not certain."""
    named = {parameter.name: parameter for parameter in parameters}
    extra = named.pop(OTHERS, None)
    order = [parameter for parameter in parameters if parameter.name != OTHERS]
    bound: list[Bound] = []
    for at, arg in enumerate(node.args):
        if arg.star:
            walk.mark(STARRED)
            return None
        if arg.keyword is None:
            parameter = order[at] if at < len(order) else None
        else:
            parameter = named.get(arg.keyword.value, extra)
        if parameter is None:
            walk.mark("the old method took no such argument: check the call")
            return None
        bound.append((arg, parameter))
    return bound


def problem_of(bound: Sequence[Bound], slots: Sequence[Argument], switch: str) -> str | None:
    """Return why a call cannot be rewritten."""
    sources = {slot.source for slot in slots}
    for arg, parameter in bound:
        if (
            parameter is None
            or parameter.name in sources
            or not parameter.only_default
            or parameter.name == switch
        ):
            continue
        if cst.Module([]).code_for_node(arg.value) != parameter.default:
            return f"{parameter.name}= has no counterpart: see the table in the migration guide"
    return None
