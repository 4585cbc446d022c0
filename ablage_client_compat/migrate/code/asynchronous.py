"""``--async``: calls of the client are awaited, and so is everything that makes them.

A function that calls the client becomes a coroutine function, and so do the functions of the file that call
it, up to the module, where ``asyncio.run()`` starts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.nodes import parenthesized, path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ablage_client_compat.migrate.code.edits import CallSite, Edits
    from ablage_client_compat.migrate.code.facts import Facts

__all__ = ["make_async"]

TOP_LEVEL = "--async: put this into an async function and start it with asyncio.run()"
NO_AWAIT = "--async: nothing can be awaited in a {place}: write a loop in an async function"
CALLBACK = "--async: {name}() is a coroutine function now: whoever is given it has to await it"
SPECIAL = "--async: {name} cannot be a coroutine: do this in an async method that is called afterwards"
DECORATED = "--async: {name}() is a coroutine function now: its decorator has to await it"
GENERATOR = "--async: {name}() is an asynchronous generator now: iterate over it with async for"
#: Decorators that take coroutine functions as well: of Python, and the routes of web frameworks.
_TOLERANT = frozenset(
    {
        "staticmethod",
        "classmethod",
        "override",
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "route",
        "errorhandler",
    }
)
_PLAIN_METHODS = frozenset(
    {"__init__", "__enter__", "__exit__", "__iter__", "__next__", "__getattr__", "__del__", "__call__"}
)


def make_async(facts: Facts, edits: Edits) -> None:
    """Add what has to be awaited to the edits of a file whose clients are renamed already."""
    needed = _needed(edits.sites)
    for name in needed:
        _make_function(facts, edits, name)
    for site in edits.sites:
        if site.kind == "client":
            _await(edits, site)
        elif site.kind == "sleep" and site.caller in needed:
            _sleep(edits, site)
        elif site.kind == "local" and site.callee in needed:
            _await(edits, site)
        elif site.kind == "reference" and site.callee in needed:
            edits.mark(site.statement, CALLBACK.format(name=site.callee))
        elif site.kind == "with":
            edits.change(site.node, "async", lambda new: new.with_changes(asynchronous=cst.Asynchronous()))


def _needed(sites: Sequence[CallSite]) -> set[str]:
    """Return the functions that have to be coroutine functions."""
    needed = {site.caller for site in sites if site.kind in {"client", "with", "expanded"} and site.caller}
    while True:
        more = {
            site.caller
            for site in sites
            if site.kind == "local" and site.callee in needed and site.caller and not site.place
        }
        if more <= needed:
            return needed
        needed |= more


def _make_function(facts: Facts, edits: Edits, name: str) -> None:
    node = facts.functions.get(name)
    if node is None or node.asynchronous is not None:
        return
    owner = facts.classes.get(name.rpartition(".")[0])
    if node.name.value in _PLAIN_METHODS or (owner is not None and node.name.value in owner.properties):
        edits.mark(node, SPECIAL.format(name=node.name.value))
        return
    if name in facts.generators:
        edits.mark(node, GENERATOR.format(name=node.name.value))
    if any(_looks_at_result(item) for item in node.decorators):
        edits.mark(node, DECORATED.format(name=node.name.value))
    edits.change(
        node, "async", lambda new: new.with_changes(asynchronous=cst.Asynchronous()), count="async def"
    )


def _looks_at_result(item: cst.Decorator) -> bool:
    """Tell whether a decorator may not know what to do with a coroutine function."""
    call = item.decorator
    path = path_of(call.func if isinstance(call, cst.Call) else call) or ""
    return path.rpartition(".")[2] not in _TOLERANT


def _await(edits: Edits, site: CallSite) -> None:
    if site.place:
        edits.mark(site.statement, NO_AWAIT.format(place=site.place))
        return
    if not site.caller:
        _start(edits, site)
        return

    def wait(new: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(new, cst.BaseExpression)  # noqa: S101 - a call
        awaited = cst.Await(new)
        return awaited if site.loose else parenthesized(awaited)

    edits.change_early(site.node, "await", wait, count="await")


def _start(edits: Edits, site: CallSite) -> None:
    """A call at the top of the module."""
    if site.kind == "client":
        edits.mark(site.statement, TOP_LEVEL)
        return
    edits.change_early(site.node, "await", _called("asyncio.run"), count="asyncio.run()")
    edits.modules["asyncio"] = None


def _called(function: str) -> Callable[[cst.CSTNode], cst.CSTNode]:
    def call(new: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(new, cst.BaseExpression)  # noqa: S101 - a call
        return cst.Call(cst.parse_expression(function), [cst.Arg(new)])

    return call


def _sleep(edits: Edits, site: CallSite) -> None:
    """``time.sleep()`` would stop every other task as well."""

    def change(new: cst.CSTNode) -> cst.CSTNode:
        if not isinstance(new, cst.Call):
            return new
        return cst.Await(new.with_changes(func=cst.parse_expression("asyncio.sleep")))

    edits.change(site.node, "sleep", change, count="await")
    edits.modules["asyncio"] = None
