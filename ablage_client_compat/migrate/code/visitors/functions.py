"""Functions, classes, lambdas and comprehensions: what goes in and what comes out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.annotations import annotated
from ablage_client_compat.migrate.code.facts import LocalClass
from ablage_client_compat.migrate.code.mappings import iterated
from ablage_client_compat.migrate.code.members import legacy_bases
from ablage_client_compat.migrate.code.narrowing import narrow, truth
from ablage_client_compat.migrate.code.nodes import parameters_of, path_of
from ablage_client_compat.migrate.code.scope import Scope
from ablage_client_compat.migrate.code.visitors.assignments import assign
from ablage_client_compat.migrate.code.visitors.statements import block
from ablage_client_compat.migrate.code.walk import Walk, on
from ablage_client_compat.migrate.rules.types import Type, container, element

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["call_lambda"]

NOT_CALLED = "the client does not send its requests through this method any more: nothing calls it"
_MANAGERS = frozenset(
    {"contextmanager", "contextlib.contextmanager", "asynccontextmanager", "contextlib.asynccontextmanager"}
)
_PROPERTIES = frozenset({"property", "cached_property", "functools.cached_property"})


@on(cst.FunctionDef)
def visit_function_def(walk: Walk, node: cst.FunctionDef) -> None:
    name = node.name.value
    qualified = walk.scope.qualify(name)
    walk.facts.functions[qualified] = node
    decorators = [_decorator_name(item) for item in node.decorators]
    walk.decorating = True
    for item in node.decorators:
        walk.visit(item.decorator, loose=True)
    walk.decorating = False
    owner = walk.facts.classes.get(walk.scope.name) if walk.scope.kind == "class" else None
    if owner is not None:
        if name == "request" and legacy_bases(walk, Type("instance", (), walk.scope.name)):
            walk.mark(NOT_CALLED)
        if name in walk.rules.peculiar and "Protocol" in owner.symbols:
            walk.mark(walk.rules.peculiar[name])
        owner.methods[name] = node
        if not _PROPERTIES.isdisjoint(decorators):
            owner.properties.add(name)
    if not _MANAGERS.isdisjoint(decorators):
        walk.facts.managers.add(qualified)
    names: dict[str, Type | None] = {}
    given = parameters_of(node)
    if owner is not None and given and "staticmethod" not in decorators:
        kind = "localclass" if "classmethod" in decorators else "instance"
        names[given[0].name.value] = Type(kind, tuple(owner.bases), walk.scope.name)
        given = given[1:]
    for param in given:
        names[param.name.value] = _parameter(walk, qualified, param)
    error = next(filter(None, map(partial(_handled, walk), node.decorators)), None)
    if error is not None and given and given[-1].annotation is None:
        names[given[-1].name.value] = error
    if isinstance(node.params.star_arg, cst.Param):
        names[node.params.star_arg.name.value] = None
    if node.params.star_kwarg is not None:
        names[node.params.star_kwarg.name.value] = None
    returns = annotated(walk, node.returns.annotation) if node.returns is not None else None
    if returns is not None:
        walk.facts.learn(f"return:{qualified}", _iterated(returns))
    with walk.inside(Scope("function", qualified, walk.scope, names)):
        block(walk, node.body)
    if owner is None and walk.scope.function.kind != "class":
        walk.define(name, Type("function", (), qualified))


def _decorator_name(item: cst.Decorator) -> str:
    target = item.decorator.func if isinstance(item.decorator, cst.Call) else item.decorator
    return path_of(target) or ""


def _handled(walk: Walk, item: cst.Decorator) -> Type | None:
    """Return the error in ``@app.errorhandler(AblageAPIError)``: the function is called with one."""
    call = item.decorator
    if not isinstance(call, cst.Call) or "handler" not in _decorator_name(item) or not call.args:
        return None
    kind = walk.quietly(call.args[0].value)
    return kind.of[0] if kind is not None and kind.name == "class" else None


def _parameter(walk: Walk, qualified: str, param: cst.Param) -> Type | None:
    kind = annotated(walk, param.annotation.annotation) if param.annotation is not None else None
    default = walk.use(param.default, loose=True) if param.default is not None else None
    known = walk.facts.read(f"param:{qualified}.{param.name.value}")
    if kind is not None:
        return kind
    if known is None and default is not None and default.name not in {"none", "Text"}:
        return default
    if known is None:  # nobody in the file calls it: a client everywhere else by this name is one here
        known = walk.facts.read(f"client:{param.name.value}")
    return known


def _iterated(kind: Type) -> Type:
    return container("list", *kind.of) if kind.name == "list" else kind


@on(cst.Return)
def visit_return(walk: Walk, node: cst.Return) -> None:
    kind = walk.use(node.value, loose=True) if node.value is not None else None
    if walk.scope.function.kind == "function" and node.value is not None:
        walk.facts.learn(f"return:{walk.scope.function.name}", kind)


@on(cst.Yield)
def visit_yield(walk: Walk, node: cst.Yield) -> None:
    if isinstance(node.value, cst.From):
        kind = element(walk.use(node.value.item))
    else:
        kind = walk.use(node.value, loose=True) if node.value is not None else None
    if walk.scope.function.kind == "function":
        walk.facts.generators.add(walk.scope.function.name)
        walk.facts.learn(f"return:{walk.scope.function.name}", container("list", kind))


@on(cst.ClassDef)
def visit_class_def(walk: Walk, node: cst.ClassDef) -> None:
    for item in node.decorators:
        walk.visit(item.decorator, loose=True)
    qualified = walk.scope.qualify(node.name.value)
    bases = [walk.visit(base.value, loose=True) for base in node.bases]
    for keyword in node.keywords:
        walk.visit(keyword.value, loose=True)
    local = walk.facts.classes.setdefault(qualified, LocalClass(qualified))
    local.symbols = {kind.detail.rpartition(".")[2] for kind in bases if kind is not None}
    local.bases = [base for kind in bases if (base := _instance(kind)) is not None]
    kind = Type("localclass", tuple(local.bases), qualified)
    walk.define(node.name.value, kind)
    with walk.inside(Scope("class", qualified, walk.scope)):
        block(walk, node.body)


def _instance(kind: Type | None) -> Type | None:
    if kind is None:
        return None
    if kind.name == "class":
        return kind.of[0]
    return Type("instance", kind.of, kind.detail) if kind.name == "localclass" else None


# --- expressions with scopes of their own


@on(cst.Lambda)
def visit_lambda(walk: Walk, node: cst.Lambda) -> Type | None:
    return Type("lambda", (call_lambda(walk, node, ()),))


def call_lambda(walk: Walk, node: cst.Lambda, given: Sequence[Type | None]) -> Type | None:
    """Walk a lambda whose arguments have these types and return the type of its result."""
    params = parameters_of(node)
    names: dict[str, Type | None] = {}
    for at, param in enumerate(params):
        if param.default is not None:
            names[param.name.value] = walk.use(param.default, loose=True)
        else:
            names[param.name.value] = given[at] if at < len(given) else None
    with walk.inside(Scope("inner", "lambda", walk.scope, names)):
        return walk.use(node.body, loose=True)


def _comprehension(walk: Walk, clause: cst.CompFor, place: str = "") -> Scope:
    """Walk ``for … in … if …`` clauses and return the scope in which the result is computed."""
    kind = iterated(walk, clause.iter, walk.use(clause.iter))
    scope = Scope("inner", place, walk.scope)
    with walk.inside(scope):
        _assign_inner(walk, clause.target, element(kind))
        for condition in clause.ifs:
            truth(walk, condition.test, loose=True)
            narrow(walk, condition.test, holds=True)
        return _comprehension(walk, clause.inner_for_in, place) if clause.inner_for_in is not None else scope


def _assign_inner(walk: Walk, target: cst.BaseExpression, kind: Type | None) -> None:
    if isinstance(target, cst.Name):
        walk.narrow(target.value, kind)
    elif isinstance(target, (cst.Tuple, cst.List)):
        exact = kind is not None and kind.name == "tuple" and len(kind.of) == len(target.elements)
        for at, item in enumerate(target.elements):
            part = kind.of[at] if exact and kind is not None else element(kind)
            _assign_inner(walk, item.value, part)
    else:
        assign(walk, target, kind)


@on(cst.ListComp, cst.SetComp, cst.GeneratorExp)
def visit_comprehension(walk: Walk, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Type | None:
    place = "generator expression" if isinstance(node, cst.GeneratorExp) else ""
    with walk.inside(_comprehension(walk, node.for_in, place)):
        return container("list", walk.use(node.elt, loose=True))


@on(cst.DictComp)
def visit_dict_comp(walk: Walk, node: cst.DictComp) -> Type | None:
    with walk.inside(_comprehension(walk, node.for_in)):
        walk.use(node.key, loose=True)
        return container("dict", walk.use(node.value, loose=True))
