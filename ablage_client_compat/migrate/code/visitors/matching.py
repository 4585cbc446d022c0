"""``match`` statements: patterns that name old classes, attributes and keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.edits import children
from ablage_client_compat.migrate.code.mappings import AS_MAPPING, MAPPINGS
from ablage_client_compat.migrate.code.narrowing import narrow
from ablage_client_compat.migrate.code.visitors.assignments import assign
from ablage_client_compat.migrate.code.visitors.statements import LEAVES, block, merge
from ablage_client_compat.migrate.code.walk import Walk, on
from ablage_client_compat.migrate.rules.types import Type, container, element

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__: list[str] = []

ABSENT = "this pattern also matches None now, where it matched an empty text or dict"


@on(cst.Match)
def visit_match(walk: Walk, node: cst.Match) -> Type | None:
    kind = walk.use(node.subject, loose=True)
    before = walk.variables()
    ends = []
    for case in node.cases:
        walk.restore(before)
        with walk.statement(case):
            _pattern(walk, case.pattern, kind)
            if case.guard is not None:
                walk.visit(case.guard, loose=True)
                narrow(walk, case.guard, holds=True)
            if not block(walk, case.body):
                ends.append(walk.variables())
    everything = any(case.guard is None and _matches_all(case.pattern) for case in node.cases)
    if not everything:
        ends.append(before)
    merge(walk, ends or [before])
    return None if ends else LEAVES


def _matches_all(pattern: cst.MatchPattern) -> bool:
    return isinstance(pattern, cst.MatchAs) and pattern.pattern is None


def _pattern(walk: Walk, pattern: cst.CSTNode, kind: Type | None) -> None:
    """Walk a pattern that is compared with a value of a type, binding its names."""
    if isinstance(pattern, cst.MatchAs):
        if pattern.pattern is not None:
            _pattern(walk, pattern.pattern, kind)
        if pattern.name is not None:
            assign(walk, pattern.name, kind)
    elif isinstance(pattern, cst.MatchClass):
        _class_pattern(walk, pattern)
    elif isinstance(pattern, cst.MatchValue):
        walk.visit(pattern.value)
    elif isinstance(pattern, cst.MatchMapping) and kind is not None and kind.name in MAPPINGS:
        walk.mark(AS_MAPPING)
    elif isinstance(pattern, (cst.MatchList, cst.MatchTuple)):
        if kind is not None and kind.name == "Page":
            walk.mark("a page is no list any more: match page.items")
        for item in pattern.patterns:
            if isinstance(item, cst.MatchStar):
                if item.name is not None:
                    assign(walk, item.name, container("list", element(kind)))
            else:
                _pattern(walk, item.value, element(kind))
    else:  # alternatives, mappings of other values, None
        for part in _parts(pattern):
            _pattern(walk, part, kind if isinstance(pattern, cst.MatchOr) else None)


def _parts(pattern: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for child in children(pattern):
        if isinstance(child, cst.MatchPattern):
            yield child
        else:
            yield from _parts(child)


def _class_pattern(walk: Walk, pattern: cst.MatchClass) -> None:
    cls = walk.visit(pattern.cls)
    kind = cls.of[0] if cls is not None and cls.name == "class" else None
    for item in pattern.patterns:
        _pattern(walk, item.value, None)
    for keyword in pattern.kwds:
        row = walk.rules.member(kind, keyword.key.value) if kind is not None else None
        if row is None:
            _pattern(walk, keyword.pattern, None)
            continue
        if row.reason or not row.text.isidentifier():
            walk.mark(row.reason or f"{row.name} is {row.text} now: test it in the case's guard")
            continue
        returns = row.returns
        if returns is not None and returns.optional and not isinstance(keyword.pattern, cst.MatchValue):
            walk.mark(ABSENT)
        _pattern(walk, keyword.pattern, returns)
        if row.new != row.name:
            renamed = cst.Name(row.new)
            walk.edits.change(
                keyword.key, "name", partial(_replaced, renamed), count=f"{row.owner}.{row.name}"
            )


def _replaced(new: cst.Name, _: cst.Name) -> cst.Name:
    return new
