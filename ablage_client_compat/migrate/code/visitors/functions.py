"""Functions, classes, lambdas and comprehensions: what goes in and what comes out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.annotations import annotated
from ablage_client_compat.migrate.code.context import Context, LocalClass, on
from ablage_client_compat.migrate.code.mappings import iterated
from ablage_client_compat.migrate.code.members import legacy_bases
from ablage_client_compat.migrate.code.narrowing import narrow, truth
from ablage_client_compat.migrate.code.nodes import path_of
from ablage_client_compat.migrate.code.scope import Scope
from ablage_client_compat.migrate.code.visitors.assignments import assign
from ablage_client_compat.migrate.code.visitors.statements import block
from ablage_client_compat.migrate.rules.types import Type, container, element

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["call_lambda", "parameters_of"]

NOT_CALLED = "the client does not send its requests through this method any more: nothing calls it"
_MANAGERS = frozenset(
    {"contextmanager", "contextlib.contextmanager", "asynccontextmanager", "contextlib.asynccontextmanager"}
)
_PROPERTIES = frozenset({"property", "cached_property", "functools.cached_property"})


def parameters_of(node: cst.FunctionDef | cst.Lambda) -> list[cst.Param]:
    """Return the parameters that can be given by position, in order, then the keyword-only ones."""
    return [*node.params.posonly_params, *node.params.params, *node.params.kwonly_params]


@on(cst.FunctionDef)
def _(ctx: Context, node: cst.FunctionDef) -> None:
    name = node.name.value
    qualified = ctx.scope.qualify(name)
    ctx.functions[qualified] = node
    decorators = [_decorator_name(item) for item in node.decorators]
    ctx.decorating = True
    for item in node.decorators:
        ctx.visit(item.decorator, loose=True)
    ctx.decorating = False
    owner = ctx.classes.get(ctx.scope.name) if ctx.scope.kind == "class" else None
    if owner is not None:
        if name == "request" and legacy_bases(ctx, Type("instance", (), ctx.scope.name)):
            ctx.mark(NOT_CALLED)
        if name in ctx.rules.peculiar and "Protocol" in owner.symbols:
            ctx.mark(ctx.rules.peculiar[name])
        owner.methods[name] = node
        if not _PROPERTIES.isdisjoint(decorators):
            owner.properties.add(name)
    if not _MANAGERS.isdisjoint(decorators):
        ctx.managers.add(qualified)
    scope = Scope("function", qualified, ctx.scope)
    given = parameters_of(node)
    if owner is not None and given and "staticmethod" not in decorators:
        kind = "localclass" if "classmethod" in decorators else "instance"
        scope.variables[given[0].name.value] = Type(kind, tuple(owner.bases), ctx.scope.name)
        given = given[1:]
    for param in given:
        scope.variables[param.name.value] = _parameter(ctx, qualified, param)
    error = next(filter(None, map(partial(_handled, ctx), node.decorators)), None)
    if error is not None and given and given[-1].annotation is None:
        scope.variables[given[-1].name.value] = error
    if isinstance(node.params.star_arg, cst.Param):
        scope.variables[node.params.star_arg.name.value] = None
    if node.params.star_kwarg is not None:
        scope.variables[node.params.star_kwarg.name.value] = None
    returns = annotated(ctx, node.returns.annotation) if node.returns is not None else None
    if returns is not None:
        ctx.facts.learn(f"return:{qualified}", _iterated(returns))
    with ctx.inside(scope):
        block(ctx, node.body)
    if owner is None and ctx.scope.function.kind != "class":
        ctx.scope.function.variables[name] = Type("function", (), qualified)


def _decorator_name(item: cst.Decorator) -> str:
    target = item.decorator.func if isinstance(item.decorator, cst.Call) else item.decorator
    return path_of(target) or ""


def _handled(ctx: Context, item: cst.Decorator) -> Type | None:
    """Return the error in ``@app.errorhandler(AblageAPIError)``: the function is called with one."""
    call = item.decorator
    if not isinstance(call, cst.Call) or "handler" not in _decorator_name(item) or not call.args:
        return None
    kind = ctx.quietly(call.args[0].value)
    return kind.of[0] if kind is not None and kind.name == "class" else None


def _parameter(ctx: Context, qualified: str, param: cst.Param) -> Type | None:
    kind = annotated(ctx, param.annotation.annotation) if param.annotation is not None else None
    default = ctx.use(param.default, loose=True) if param.default is not None else None
    known = ctx.facts.read(f"param:{qualified}.{param.name.value}")
    if kind is not None:
        return kind
    if known is None and default is not None and default.name not in {"none", "Text"}:
        return default
    if known is None:  # nobody in the file calls it: a client everywhere else by this name is one here
        known = ctx.facts.read(f"client:{param.name.value}")
    return known


def _iterated(kind: Type) -> Type:
    return container("list", *kind.of) if kind.name == "list" else kind


@on(cst.Return)
def _(ctx: Context, node: cst.Return) -> None:
    kind = ctx.use(node.value, loose=True) if node.value is not None else None
    if ctx.scope.function.kind == "function" and node.value is not None:
        ctx.facts.learn(f"return:{ctx.scope.function.name}", kind)


@on(cst.Yield)
def _(ctx: Context, node: cst.Yield) -> None:
    if isinstance(node.value, cst.From):
        kind = element(ctx.use(node.value.item))
    else:
        kind = ctx.use(node.value, loose=True) if node.value is not None else None
    if ctx.scope.function.kind == "function":
        ctx.generators.add(ctx.scope.function.name)
        ctx.facts.learn(f"return:{ctx.scope.function.name}", container("list", kind))


@on(cst.ClassDef)
def _(ctx: Context, node: cst.ClassDef) -> None:
    for item in node.decorators:
        ctx.visit(item.decorator, loose=True)
    qualified = ctx.scope.qualify(node.name.value)
    bases = [ctx.visit(base.value, loose=True) for base in node.bases]
    for keyword in node.keywords:
        ctx.visit(keyword.value, loose=True)
    local = ctx.classes.setdefault(qualified, LocalClass(qualified))
    local.symbols = {kind.detail.rpartition(".")[2] for kind in bases if kind is not None}
    local.bases = [base for kind in bases if (base := _instance(kind)) is not None]
    kind = Type("localclass", tuple(local.bases), qualified)
    ctx.scope.function.variables[node.name.value] = kind
    with ctx.inside(Scope("class", qualified, ctx.scope)):
        block(ctx, node.body)


def _instance(kind: Type | None) -> Type | None:
    if kind is None:
        return None
    if kind.name == "class":
        return kind.of[0]
    return Type("instance", kind.of, kind.detail) if kind.name == "localclass" else None


# --- expressions with scopes of their own


@on(cst.Lambda)
def _(ctx: Context, node: cst.Lambda) -> Type | None:
    return Type("lambda", (call_lambda(ctx, node, ()),))


def call_lambda(ctx: Context, node: cst.Lambda, given: Sequence[Type | None]) -> Type | None:
    """Walk a lambda whose arguments have these types and return the type of its result."""
    params = parameters_of(node)
    scope = Scope("inner", "lambda", ctx.scope)
    for at, param in enumerate(params):
        if param.default is not None:
            scope.variables[param.name.value] = ctx.use(param.default, loose=True)
        else:
            scope.variables[param.name.value] = given[at] if at < len(given) else None
    with ctx.inside(scope):
        return ctx.use(node.body, loose=True)


def _comprehension(ctx: Context, clause: cst.CompFor, place: str = "") -> Scope:
    """Walk ``for … in … if …`` clauses and return the scope in which the result is computed."""
    kind = iterated(ctx, clause.iter, ctx.use(clause.iter))
    scope = Scope("inner", place, ctx.scope)
    with ctx.inside(scope):
        _assign_inner(ctx, clause.target, element(kind))
        for condition in clause.ifs:
            truth(ctx, condition.test, loose=True)
            narrow(ctx, condition.test, holds=True)
        return _comprehension(ctx, clause.inner_for_in, place) if clause.inner_for_in is not None else scope


def _assign_inner(ctx: Context, target: cst.BaseExpression, kind: Type | None) -> None:
    if isinstance(target, cst.Name):
        ctx.scope.variables[target.value] = kind
    elif isinstance(target, (cst.Tuple, cst.List)):
        exact = kind is not None and kind.name == "tuple" and len(kind.of) == len(target.elements)
        for at, item in enumerate(target.elements):
            part = kind.of[at] if exact and kind is not None else element(kind)
            _assign_inner(ctx, item.value, part)
    else:
        assign(ctx, target, kind)


@on(cst.ListComp, cst.SetComp, cst.GeneratorExp)
def _(ctx: Context, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Type | None:
    place = "generator expression" if isinstance(node, cst.GeneratorExp) else ""
    with ctx.inside(_comprehension(ctx, node.for_in, place)):
        return container("list", ctx.use(node.elt, loose=True))


@on(cst.DictComp)
def _(ctx: Context, node: cst.DictComp) -> Type | None:
    with ctx.inside(_comprehension(ctx, node.for_in)):
        ctx.use(node.key, loose=True)
        return container("dict", ctx.use(node.value, loose=True))
