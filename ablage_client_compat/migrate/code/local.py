"""Calls of functions and classes of the same file, or of another file that was read first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.construct import construct
from ablage_client_compat.migrate.code.members import legacy_bases
from ablage_client_compat.migrate.code.nodes import parameters_of
from ablage_client_compat.migrate.code.sinks import by_getter
from ablage_client_compat.migrate.rules.types import Type, container

if TYPE_CHECKING:
    from ablage_client_compat.migrate.code.walk import Walk

__all__ = ["call_local", "give"]


def call_local(walk: Walk, node: cst.Call, kind: Type) -> Type | None:
    """Walk the arguments, tell the function about them, and return what it returns."""
    if kind.name == "localclass":
        return _construct(walk, node, kind)
    function = walk.facts.functions.get(kind.detail)
    names = _names(walk, kind.detail, function) if function is not None else []
    _pass(walk, node, kind.detail, names)
    return result_of(walk, kind.detail, function)


def result_of(walk: Walk, name: str, function: cst.FunctionDef | None) -> Type | None:
    """Return the type of a call's value."""
    result = walk.facts.read(f"return:{name}")
    if function is not None and function.asynchronous is not None:
        return container("coroutine", result)
    return result


def give(
    walk: Walk, kind: Type | None, *given: Type | None, reference: cst.CSTNode | None = None
) -> Type | None:
    """Tell a function that is called elsewhere (``map``, ``submit``) what it is called with.

    Returns:
        What a call of it returns.
    """
    if kind is None:
        return None
    if kind.name == "bound":
        return kind.of[0] if kind.of else None
    if kind.name in {"attrgetter", "itemgetter", "methodcaller"}:
        by_getter(walk, kind, given[0] if given else None)
        return None
    if kind.name == "function" and reference is not None:
        walk.site("reference", reference, callee=kind.detail)
    if kind.name != "function":
        return kind.of[0] if kind.name == "lambda" and kind.of else None
    function = walk.facts.functions.get(kind.detail)
    names = _names(walk, kind.detail, function) if function is not None else []
    for name, part in zip(names, given, strict=False):
        walk.facts.learn(f"param:{kind.detail}.{name}", part)
    return result_of(walk, kind.detail, function)


def _names(walk: Walk, qualified: str, function: cst.FunctionDef) -> list[str]:
    names = [param.name.value for param in parameters_of(function)]
    owner = qualified.rpartition(".")[0]
    static = any(
        isinstance(item.decorator, cst.Name) and item.decorator.value == "staticmethod"
        for item in function.decorators
    )
    return names[1:] if owner in walk.facts.classes and not static else names


def _pass(walk: Walk, node: cst.Call, qualified: str, names: list[str]) -> None:
    for at, arg in enumerate(node.args):
        kind = walk.use(arg.value, loose=True)
        if arg.star:
            continue
        name = arg.keyword.value if arg.keyword is not None else names[at] if at < len(names) else None
        if name is not None:
            walk.facts.learn(f"param:{qualified}.{name}", kind)


def _construct(walk: Walk, node: cst.Call, kind: Type) -> Type | None:
    result = Type("instance", kind.of, kind.detail)
    local = walk.facts.classes.get(kind.detail)
    init = f"{kind.detail}.__init__"
    if init in walk.facts.functions:
        _pass(walk, node, init, _names(walk, init, walk.facts.functions[init]))
    elif legacy := legacy_bases(walk, result):
        construct(walk, node, Type("class", (legacy[0],), legacy[0].name), rename=False)
    else:
        fields = local.fields if local is not None else []
        for at, arg in enumerate(node.args):
            value = walk.use(arg.value, loose=True)
            name = arg.keyword.value if arg.keyword is not None else fields[at] if at < len(fields) else None
            if name is not None and name in fields and value is not None:
                walk.facts.learn(f"attr:{kind.detail}.{name}", value)
    return result
