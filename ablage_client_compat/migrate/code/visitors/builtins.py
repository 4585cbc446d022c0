"""Built-in functions: what comes out when old objects go in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.annotations import instance_test
from ablage_client_compat.migrate.code.environment import read_size
from ablage_client_compat.migrate.code.local import give
from ablage_client_compat.migrate.code.mappings import MAPPINGS, escape, iterated, spread
from ablage_client_compat.migrate.code.narrowing import truth
from ablage_client_compat.migrate.code.nodes import text_of
from ablage_client_compat.migrate.code.visitors.functions import call_lambda
from ablage_client_compat.migrate.rules.types import NEVER, Type, container, element

if TYPE_CHECKING:
    from ablage_client_compat.migrate.code.walk import Walk
    from ablage_client_compat.migrate.rules.model import Member

__all__ = ["call_builtin"]

CLASS_NAMES = "the classes of errors have other names now: see the table in the migration guide"
_SAME = frozenset({"list", "sorted", "tuple", "set", "frozenset", "reversed", "iter", "filter"})
_GETATTR = re.compile(r'getattr\(\w+, "(\w+)", None\)')
_HARMLESS = frozenset({"type", "id", "callable", "bool", "float", "int", "abs", "round", "dict"})
_ONE = frozenset({"next", "max", "min"})
_ITERATING = _SAME | _ONE | {"enumerate", "zip", "map", "len", "sum", "any", "all"}


def call_builtin(walk: Walk, node: cst.Call, name: str, *, loose: bool) -> Type | None:
    """Walk a call of a built-in function and return the type of its result."""
    if name == "super":
        return _super(walk)
    if name in {"getattr", "hasattr", "setattr"}:
        return _by_name(walk, node, name)
    if name == "isinstance" and len(node.args) == 2:  # noqa: PLR2004 - isinstance takes two
        walk.use(node.args[0].value, loose=True)
        instance_test(walk, node.args[1].value)
        return None
    if name == "int" and read_size(walk, node, loose=loose):
        return None
    if name == "bool" and len(node.args) == 1:
        truth(walk, node.args[0].value, loose=True)
        return None
    if name in _ITERATING:
        return _iterating(walk, node, name)
    kinds = [walk.use(arg.value, loose=True, shown=name in {"print", "str"}) for arg in node.args]
    for arg, kind in zip(node.args, kinds, strict=True):
        if arg.star == "*":
            iterated(walk, arg.value, kind)
    if name == "type" and len(kinds) == 1 and kinds[0] is not None and kinds[0].name.endswith("Error"):
        walk.mark(CLASS_NAMES)
    if name == "vars":
        spread(walk, kinds[0] if kinds else None)
    if name not in _HARMLESS:
        for kind in kinds:
            escape(walk, kind)
    if name == "dict" or any(arg.star == "**" for arg in node.args):
        for kind in kinds:
            spread(walk, kind)
    if name == "dict" and not node.args:
        return container("dict", NEVER)
    return Type("Text") if name == "str" else None


def _iterating(walk: Walk, node: cst.Call, name: str) -> Type | None:
    lambdas: list[cst.Lambda] = []
    kinds: list[Type | None] = []
    for arg in node.args:
        if isinstance(arg.value, cst.Lambda):
            lambdas.append(arg.value)
            kinds.append(None)
            continue
        kind = walk.use(arg.value, loose=True)
        kinds.append(iterated(walk, arg.value, kind) if arg.keyword is None else kind)
    if name in {"map", "filter"} and len(kinds) > 1:
        given = [element(kind) for kind in kinds[1:]]
        result = (
            call_lambda(walk, lambdas[0], given) if lambdas else give(walk, kinds[0], *given, reference=node)
        )
        return container("list", result if name == "map" else given[0])
    first = kinds[0] if kinds else None
    for function in lambdas:
        call_lambda(walk, function, [element(first)])
    for arg, kind in zip(node.args, kinds, strict=True):
        if arg.keyword is not None and arg.keyword.value == "key":
            give(walk, kind, element(first), reference=node)
    if name == "enumerate":
        return container("list", container("tuple", Type("foreign"), element(first)))
    if name == "zip":
        return container("list", container("tuple", *[element(kind) for kind in kinds]))
    if name in _ONE:
        return element(first)
    if name in _SAME:
        return (
            container("list", element(first))
            if first is not None
            else container("list", NEVER if not kinds else None)
        )
    return None


def _super(walk: Walk) -> Type | None:
    scope = walk.scope.function
    owner = walk.facts.classes.get(scope.name.rpartition(".")[0])
    if owner is None:
        return None
    for base in owner.bases:
        return (
            Type(base.name, base.of, base.detail) if base.name == "instance" else Type(base.name, (), "super")
        )
    return None


def _guarded(walk: Walk, node: cst.Call, row: Member) -> str:
    """Return the new name; ``getattr(error, "code", None)`` stays a `getattr` when it was one before."""
    found = _GETATTR.fullmatch(row.expression)
    if found is None or len(node.args) < 3 or (row.may_fail and walk.flags.waits):  # noqa: PLR2004 - the default is the third
        return row.expression or row.new
    return found[1]


def _by_name(walk: Walk, node: cst.Call, function: str) -> Type | None:
    """``getattr(doc, "ocr_text", "")``."""
    kinds = [walk.use(arg.value, loose=True) for arg in node.args]
    base = kinds[0] if kinds else None
    name = text_of(node.args[1].value) if len(node.args) > 1 else None
    if base is None or base.name in {"foreign", "instance", "symbol"}:
        if name is not None and base is None and name in walk.rules.peculiar:
            walk.mark(walk.rules.peculiar[name])
        return None
    if name is None:
        if base.name in MAPPINGS or base.name.endswith("Client"):
            walk.mark(f"{function}() with a computed name: make sure it uses the new names")
        return None
    row = walk.rules.member(base, name)
    if row is None and walk.rules.method(base, name) is not None:
        walk.mark(
            f"{function}() of a method: {walk.rules.methods[base.name, name].call.path} is its new name"
        )
        return None
    new = _guarded(walk, node, row) if row is not None else ""
    if row is None or new == name:
        return None
    if row.reason or not new.isidentifier() or base.optional:
        walk.mark(row.reason or f"{name} is {row.text} now: write it as an expression")
        return None
    walk.edits.change(
        node.args[1].value,
        "string",
        lambda string: (
            string.with_changes(value=string.value.replace(name, new))
            if isinstance(string, cst.SimpleString)
            else string
        ),
        count=f"{row.owner}.{row.name}",
    )
    return None
