"""Methods of lists, dicts, executors and futures that hold old objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.local import give
from ablage_client_compat.migrate.code.mappings import iterated
from ablage_client_compat.migrate.code.nodes import key_of, path_of
from ablage_client_compat.migrate.code.references import call_reference
from ablage_client_compat.migrate.code.visitors.functions import call_lambda
from ablage_client_compat.migrate.rules.types import Type, container, element, join

if TYPE_CHECKING:
    from ablage_client_compat.migrate.code.walk import Walk

__all__ = ["call_container"]

_GROWING = frozenset({"append", "add", "appendleft", "put", "put_nowait"})


def call_container(walk: Walk, node: cst.Call, base: Type | None, name: str) -> tuple[bool, Type | None]:
    """Walk a method call that is about what a container holds.

    Returns:
        Whether it was one, and the type of its result.
    """
    if base is None or base.name == "instance":
        return _of_pool(walk, node, name) if base is None else (False, None)
    if base.name == "future" and name == "result":
        return True, base.of[0] if base.of else None
    if base.name == "list":
        return _of_list(walk, node, base, name)
    if base.name == "dict":
        return _of_dict(walk, node, base, name)
    return False, None


def _of_list(walk: Walk, node: cst.Call, base: Type, name: str) -> tuple[bool, Type | None]:
    if name in _GROWING and node.args:
        _hold(walk, node, base, walk.use(node.args[0].value, loose=True))
        return True, None
    if name == "insert" and len(node.args) > 1:
        walk.use(node.args[0].value)
        _hold(walk, node, base, walk.use(node.args[1].value, loose=True))
        return True, None
    if name in {"extend", "update"} and node.args:
        kind = walk.use(node.args[0].value, loose=True)
        _hold(walk, node, base, element(iterated(walk, node.args[0].value, kind)))
        return True, None
    if name in {"pop", "popleft", "get", "get_nowait"}:
        _arguments(walk, node)
        return True, element(base)
    if name == "sort":
        for arg in node.args:
            if isinstance(arg.value, cst.Lambda):
                call_lambda(walk, arg.value, [element(base)])
            else:
                give(walk, walk.use(arg.value, loose=True), element(base), reference=node)
        return True, None
    if name == "copy":
        return True, base
    return False, None


def _of_dict(walk: Walk, node: cst.Call, base: Type, name: str) -> tuple[bool, Type | None]:
    value = element(container("list", *base.of))
    if name in {"get", "pop", "setdefault"}:
        kinds = _arguments(walk, node)
        if name == "setdefault" and len(kinds) > 1:
            _hold(walk, node, base, kinds[1])
            return True, join(value, kinds[1])
        return True, value
    if name == "values":
        return True, container("list", value)
    if name == "items":
        return True, container("list", container("tuple", None, value))
    if name == "copy":
        return True, base
    return False, None


def _of_pool(walk: Walk, node: cst.Call, name: str) -> tuple[bool, Type | None]:
    """``pool.map(function, items)``, ``pool.submit(function, *args)``, ``stack.enter_context(manager)``."""
    if name in {"enter_context", "enter_async_context"} and len(node.args) == 1:
        kind = walk.use(node.args[0].value, loose=True)
        return True, kind if name == "enter_context" else container("coroutine", kind)
    if name not in {"map", "imap", "imap_unordered", "starmap", "submit", "apply_async"} or not node.args:
        return False, None
    function = node.args[0].value
    kinds = [
        None if at == 0 and isinstance(function, cst.Lambda) else walk.use(arg.value, loose=True)
        for at, arg in enumerate(node.args)
    ]
    calls = name in {"submit", "apply_async"}
    given = []
    for arg, kind in zip(node.args[1:], kinds[1:], strict=True):
        given.append(kind if calls else element(iterated(walk, arg.value, kind)))
    if isinstance(function, cst.Lambda):
        result = call_lambda(walk, function, given)
    elif kinds[0] is None:
        return True, None
    else:
        if calls:
            call_reference(walk, kinds[0], node.args[1:])
        result = give(walk, kinds[0], *given, reference=node)
    return True, container("future" if calls else "list", result)


def _outer(target: cst.BaseExpression) -> str | None:
    """Return the dict in ``groups[key]`` and ``groups.setdefault(key, [])``."""
    if isinstance(target, cst.Subscript) and key_of(target) is None:
        return path_of(target.value)
    if isinstance(target, cst.Call) and isinstance(target.func, cst.Attribute):
        return path_of(target.func.value) if target.func.attr.value == "setdefault" else None
    return None


def _arguments(walk: Walk, node: cst.Call) -> list[Type | None]:
    return [walk.use(arg.value, loose=True) for arg in node.args]


def _hold(walk: Walk, node: cst.Call, base: Type, kind: Type | None) -> None:
    """A container got one more element: remember what it holds."""
    assert isinstance(node.func, cst.Attribute)  # noqa: S101 - a method call
    target = node.func.value
    path = path_of(target)
    held = container(base.name, join(base.of[0] if base.of else None, kind))
    outer = _outer(target)
    if outer is not None:  # groups[key].append(…)
        path, held = outer, container("dict", held)
    if path is None:
        return
    if "." not in path:
        walk.refine(path, held)
        return
    walk.narrow(path, held)
    if isinstance(target, cst.Attribute):
        inner = walk.visit(target.value)
        if inner is not None and inner.name == "instance":
            walk.facts.learn(f"attr:{inner.detail}.{target.attr.value}", held)
