"""Loops over numbered pages become loops over cursors.

The usual loop, whatever its names::

    page = 1                                                cursor = None
    while True:                                             while True:
        batch = client.documents.list(page=page)                batch = client.documents.list(cursor=cursor)
        …                                                       …
        if page >= batch.total_pages:                           if not batch.has_more:
            break                                                   break
        page += 1                                               cursor = batch.next_cursor

Any other use of page numbers is left to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.edits import children
from ablage_client_compat.migrate.code.nodes import key_of, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ablage_client_compat.migrate.code.walk import Walk

__all__ = ["plan_paging"]

_LISTS = frozenset({"list", "list_documents"})
_NUMBERS = {"page": "1", "offset": "0"}


@dataclass(frozen=True, slots=True)
class _Loop:
    start: cst.Assign
    call: cst.Call
    argument: cst.Arg
    batch: str
    step: cst.SimpleStatementLine
    tests: list[cst.Comparison]


def plan_paging(walk: Walk, statements: Sequence[cst.CSTNode], at: int) -> None:
    """Prepare the ``while`` at a place of a block, if it is the usual loop over pages."""
    loop = statements[at]
    assert isinstance(loop, cst.While)  # noqa: S101 - the caller looked
    fetch = _fetch(walk, loop)
    if fetch is None:
        return
    call, argument, batch = fetch
    assert isinstance(argument.value, cst.Name)  # noqa: S101 - what _fetch looks for
    name = argument.value.value
    found = _parts(statements, at, loop, name, batch, (call, argument))
    if found is None:
        return
    cursor = "cursor" if not any(_uses(statement, "cursor") for statement in statements) else name
    _rewrite(walk, found, cursor)


def _fetch(walk: Walk, loop: cst.While) -> tuple[cst.Call, cst.Arg, str] | None:
    """Find ``batch = client.documents.list(page=page)`` in a loop."""
    for statement in loop.body.body:
        small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if not isinstance(small, cst.Assign) or not isinstance(small.value, cst.Call):
            continue
        target, call = small.targets[0].target, small.value
        if not isinstance(target, cst.Name) or not isinstance(call.func, cst.Attribute):
            continue
        if call.func.attr.value not in _LISTS or path_of(call.func.value) is None:
            continue
        if any(arg.star for arg in call.args):  # then the call itself stays
            continue
        kind = walk.visit(call.func.value)
        row = walk.rules.method(kind, call.func.attr.value) if kind is not None else None
        if row is None:
            continue
        for position, arg in enumerate(call.args):
            numbered = arg.keyword is not None and arg.keyword.value in _NUMBERS
            first = arg.keyword is None and position == 0 and row.parameters[0].name == "page"
            if (numbered or first) and isinstance(arg.value, cst.Name):
                return call, arg, target.value
    return None


def _parts(
    statements: Sequence[cst.CSTNode],
    at: int,
    loop: cst.While,
    name: str,
    batch: str,
    fetch: tuple[cst.Call, cst.Arg],
) -> _Loop | None:
    """Find where the number starts, where it grows and where it is compared; it must be used nowhere else."""
    call, argument = fetch
    kind = argument.keyword.value if argument.keyword is not None else "page"
    start = next(
        (found for s in reversed(statements[:at]) if (found := _start(s, name, _NUMBERS[kind]))), None
    )
    steps = [s for s in loop.body.body if isinstance(s, cst.SimpleStatementLine) and _is_step(s, name)]
    tests = [
        node for node in _walk(loop) if isinstance(node, cst.Comparison) and _is_last_page(node, name, batch)
    ]
    if start is None or len(steps) != 1:
        return None
    step_uses = _uses(steps[0], name)
    total = sum(_uses(statement, name) for statement in statements)
    if total != 1 + 1 + step_uses + len(tests):  # the start, the argument, the step, the tests
        return None
    return _Loop(start, call, argument, batch, steps[0], tests)


def _rewrite(walk: Walk, loop: _Loop, cursor: str) -> None:
    target = loop.start.targets[0].target
    walk.edits.change(target, "paging", lambda _: cst.Name(cursor))
    walk.edits.change(loop.start.value, "paging", lambda _: cst.Name("None"))
    walk.edits.cursors[id(loop.call)] = cursor
    more = f"not {loop.batch}.has_more"
    for test in loop.tests:
        walk.edits.skipped.add(id(test))
        walk.edits.change(test, "paging", lambda _: cst.parse_expression(more), count="pages by cursor")
    walk.edits.skipped.add(id(loop.step))
    move = cst.parse_statement(f"{cursor} = {loop.batch}.next_cursor")
    assert isinstance(move, cst.SimpleStatementLine)  # noqa: S101 - an assignment

    def step(
        new: cst.SimpleStatementLine,
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.BaseStatement]:
        moved = new.with_changes(body=move.body)
        if loop.tests:
            return moved
        test = cst.parse_statement(f"if {more}:\n    break")
        assert isinstance(test, cst.If)  # noqa: S101 - the line above
        guard = test.with_changes(leading_lines=new.leading_lines)
        return cst.FlattenSentinel([guard, moved.with_changes(leading_lines=[])])

    walk.edits.change(loop.step, "paging", step)


def _start(statement: cst.CSTNode, name: str, value: str) -> cst.Assign | None:
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) and statement.body else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return None
    target = small.targets[0].target
    named = isinstance(target, cst.Name) and target.value == name
    return small if named and isinstance(small.value, cst.Integer) and small.value.value == value else None


def _is_step(statement: cst.SimpleStatementLine, name: str) -> bool:
    small = statement.body[0]
    if isinstance(small, cst.AugAssign):
        return isinstance(small.target, cst.Name) and small.target.value == name
    if isinstance(small, cst.Assign) and isinstance(small.value, cst.BinaryOperation):
        target = small.targets[0].target
        return isinstance(target, cst.Name) and target.value == name
    return False


def _is_last_page(test: cst.Comparison, name: str, batch: str) -> bool:
    """``page >= batch.total_pages``, or the same with dialect B's keys."""
    if len(test.comparisons) != 1 or not isinstance(test.left, cst.Name) or test.left.value != name:
        return False
    right = test.comparisons[0]
    last = key_of(right.comparator) if isinstance(right.comparator, cst.Subscript) else None
    path = path_of(right.comparator) or ""
    pages = path in {f"{batch}.total_pages", f"{batch}.pagination.total_pages"} or last == "total_pages"
    return pages and isinstance(right.operator, (cst.GreaterThanEqual, cst.Equal))


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in children(node):
        yield from _walk(child)


def _uses(node: cst.CSTNode, name: str) -> int:
    """Count the uses of a variable; names of arguments and attributes are none."""
    count = 0
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, cst.Name):
            count += current.value == name
        elif isinstance(current, (cst.Attribute, cst.Arg)):
            stack.append(current.value)
        else:
            stack.extend(children(current))
    return count
