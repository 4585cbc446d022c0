"""The arguments of new calls: their names, their order, and the layout that the old ones had."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.nodes import fill, text_of
from ablage_client_compat.migrate.rules.signatures import OTHERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ablage_client_compat.migrate.code.signatures import Bound
    from ablage_client_compat.migrate.code.walk import Walk
    from ablage_client_compat.migrate.rules.signatures import Argument, Parameter
    from ablage_client_compat.migrate.rules.types import Type

__all__ = ["arguments", "forced_arguments", "layout", "new_arguments"]


def arguments(walk: Walk, node: cst.Call) -> list[Type | None]:
    """Walk all arguments and return their types."""
    return [walk.use(arg.value, loose=True) for arg in node.args]


def new_arguments(bound: Sequence[Bound], slots: Sequence[Argument]) -> list[cst.Arg]:
    """Return the arguments of the new call that the old one gave."""
    by_source = {slot.source: slot for slot in slots}
    result: list[cst.Arg] = []
    by_position = True
    for arg, parameter in bound:
        slot = by_source.get(parameter.name) if parameter is not None else None
        if slot is None:
            continue
        if slot.name == "cursor":
            arg = arg.with_changes(value=cst.Name(slot.expression))  # noqa: PLW2901 - the same argument
        elif slot.expression:
            arg = arg.with_changes(value=fill(slot.expression, {slot.source: arg.value}))  # noqa: PLW2901 - the same argument
        elif slot.name == "tags" and (tags := text_of(arg.value)) is not None:
            arg = arg.with_changes(value=_tag_list(tags))  # noqa: PLW2901 - the same argument
        fits = by_position and slot.positional and slots.index(slot) == len(result)
        if slot.name == OTHERS or (arg.keyword is None and fits):
            result.append(arg)
        else:
            by_position = False
            equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
            equal = arg.equal if isinstance(arg.equal, cst.AssignEqual) else equal
            result.append(arg.with_changes(keyword=cst.Name(slot.name), equal=equal))
    return result


def forced_arguments(
    bound: Sequence[Bound], parameters: Sequence[Parameter], slots: Sequence[Argument], walk: Walk
) -> list[cst.Arg]:
    """Return the arguments that the new call needs although the old one left them out."""
    sources = {parameter.name for _, parameter in bound if parameter is not None}
    given = {slot.name for slot in slots if slot.source in sources}
    defaults = {parameter.name: parameter.default for parameter in parameters}
    return [
        argument(slot.name, slot.constant or defaults[slot.source])
        for slot in slots
        if slot.always and slot.name not in given and (slot.name != "include" or walk.flags.reads_results)
    ]


def _tag_list(tags: str) -> cst.List:
    """``"tax, 2024"`` was one way to give tags."""
    names = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return cst.List([cst.Element(cst.SimpleString(json.dumps(name, ensure_ascii=False))) for name in names])


def argument(name: str, value: str) -> cst.Arg:
    """Return a keyword argument from source text."""
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(cst.parse_expression(value), keyword=cst.Name(name), equal=equal)


def layout(
    args: Sequence[cst.Arg], before: Sequence[cst.Arg], space: cst.BaseParenthesizableWhitespace
) -> list[cst.Arg]:
    """Give arguments the commas that the call had: one per line stays one per line."""
    multiline = isinstance(space, cst.ParenthesizedWhitespace)
    between = cst.Comma(whitespace_after=space if multiline else cst.SimpleWhitespace(" "))
    last = before[-1].comma if before else cst.MaybeSentinel.DEFAULT
    known = {id(arg.comma) for arg in before[:-1]}
    result = []
    for at, arg in enumerate(args):
        if at == len(args) - 1:
            result.append(arg.with_changes(comma=last))
        elif id(arg.comma) in known:
            result.append(arg)
        else:
            result.append(arg.with_changes(comma=between))
    return result
