"""Recording of edits during analysis, and their application in one walk afterwards."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["MARK", "CallSite", "Edits", "child_fields", "children"]

MARK = "# TODO(ablage): "

N = TypeVar("N", bound=cst.CSTNode)
#: What may take the place of a node.
New: TypeAlias = "cst.CSTNode | cst.FlattenSentinel[Any] | cst.RemovalSentinel"
_FIELDS: dict[type[cst.CSTNode], tuple[str, ...]] = {}
#: Fields that hold layout, which no edit is ever about.
_LAYOUT = frozenset({"header", "footer", "leading_lines", "lines_after_decorators", "trailing_whitespace"})


def child_fields(node: cst.CSTNode) -> tuple[str, ...]:
    """Return the names of the fields in which a node keeps its child nodes, layout left out."""
    kind = type(node)
    names = _FIELDS.get(kind)
    if names is None:
        names = tuple(
            field.name
            for field in dataclasses.fields(kind)
            if field.name not in _LAYOUT
            and "whitespace" not in field.name
            and field.name
            not in {"lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "operator", "semicolon"}
        )
        _FIELDS[kind] = names
    return names


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the child nodes that `child_fields` names."""
    for name in child_fields(node):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from value


@dataclass(frozen=True, slots=True)
class CallSite:
    """A place that matters when a file becomes asynchronous.

    Attributes:
        kind: ``client`` (a call of the client), ``local`` (of a function of the file), ``reference`` (such a
            function is passed on), ``expanded`` (what stands there awaits already), ``with``, ``sleep``.
        node: The call or statement.
        caller: Qualified name of the function around it; empty at the top of the module.
        callee: Qualified name of the function of the file.
        place: What it is in when nothing can be awaited there.
        loose: Whether any expression may take its place.
        statement: The statement it is in.
    """

    kind: str
    node: cst.CSTNode
    caller: str
    callee: str
    place: str
    loose: bool
    statement: cst.CSTNode


class Edits:
    """Changes to a module, keyed by node.

    An edit is a function from a node, whose children have already been changed, to its replacement. A node
    that is visited again replaces its earlier edit of the same tag, so analysing a loop twice does no harm.
    """

    def __init__(self) -> None:
        self._functions: dict[int, dict[str, Callable[[cst.CSTNode], New]]] = {}
        self._counted: dict[tuple[int, str], str] = {}
        self._marks: dict[int, dict[str, None]] = {}
        self._above_first: tuple[int, Sequence[cst.EmptyLine]] = (0, ())
        #: Names of the new package, and further modules, that the file needs.
        self.imports: dict[str, None] = {}
        self.modules: dict[str, None] = {}
        #: Old class → use of it → the new names needed there.
        self.used: dict[str, dict[int, list[str]]] = {}
        #: Where it matters that the file becomes asynchronous.
        self.sites: list[CallSite] = []
        #: Calls of lists in loops over pages → the variable with the cursor.
        self.cursors: dict[int, str] = {}
        #: Nodes that are replaced as a whole, so that nothing in them matters.
        self.skipped: set[int] = set()

    def aside(self) -> Edits:
        """Return edits to be thrown away, in the same loops over pages."""
        aside = Edits()
        aside.cursors, aside.skipped = self.cursors, self.skipped
        return aside

    def change(self, node: N, tag: str, function: Callable[[N], New], *, count: str = "") -> None:
        """Record a change; ``count`` is what the summary calls it."""
        self._functions.setdefault(id(node), {})[tag] = function  # type: ignore[assignment]  # keyed by node
        if count:
            self._counted[id(node), tag] = count

    def change_early(self, node: N, tag: str, function: Callable[[N], New], *, count: str = "") -> None:
        """Record a change that comes right after the rewrite of a call, before all others."""
        others = self._functions.pop(id(node), {})
        if "call" in others:
            self._functions[id(node)] = {"call": others.pop("call")}
        self.change(node, tag, function, count=count)
        self._functions[id(node)] |= others

    def drop(self, node: cst.CSTNode, tag: str) -> None:
        """Forget a change of an earlier visit."""
        self._functions.get(id(node), {}).pop(tag, None)
        self._counted.pop((id(node), tag), None)

    def mark(self, statement: cst.CSTNode, reason: str) -> None:
        """Have a comment with a reason put above a statement."""
        self._marks.setdefault(id(statement), {})[reason] = None

    @property
    def counts(self) -> Counter[str]:
        """How often each kind of change was recorded."""
        return Counter(self._counted.values())

    @property
    def marks(self) -> int:
        """How many marks were recorded."""
        return sum(map(len, self._marks.values()))

    def __bool__(self) -> bool:
        return bool(self._functions or self._marks or self.imports or self.modules)

    def apply(self, module: cst.Module) -> cst.Module:
        """Return the changed module; nodes without changes are shared with the old one."""
        dirty: set[int] = set()
        self._find(module, dirty)
        if module.body:
            self._above_first = id(module.body[0]), module.header
        changed = self._rebuild(module, dirty)
        assert isinstance(changed, cst.Module)  # noqa: S101 - a module is never replaced by something else
        return changed

    def _find(self, node: cst.CSTNode, dirty: set[int]) -> bool:
        found = id(node) in self._functions or id(node) in self._marks
        for child in children(node):
            found |= self._find(child, dirty)
        if found:
            dirty.add(id(node))
        return found

    def _rebuild(self, node: cst.CSTNode, dirty: set[int]) -> New:
        changes: dict[str, object] = {}
        for name in child_fields(node):
            value = getattr(node, name)
            if isinstance(value, cst.CSTNode):
                if id(value) in dirty:
                    changes[name] = self._rebuild(value, dirty)
            elif isinstance(value, (list, tuple)) and any(id(item) in dirty for item in value):
                changes[name] = self._rebuild_all(value, dirty)
        new: New = node.with_changes(**changes) if changes else node
        for function in self._functions.get(id(node), {}).values():
            if isinstance(new, cst.CSTNode):
                new = function(new)
        reasons = self._marks.get(id(node))
        if not reasons or not isinstance(new, cst.CSTNode):
            return new
        return self._with_comments(node, new, reasons)

    def _rebuild_all(self, nodes: Sequence[cst.CSTNode], dirty: set[int]) -> list[cst.CSTNode]:
        result: list[cst.CSTNode] = []
        for node in nodes:
            new: New = self._rebuild(node, dirty) if id(node) in dirty else node
            if isinstance(new, cst.FlattenSentinel):
                result.extend(new)
            elif not isinstance(new, cst.RemovalSentinel):
                result.append(new)
        return result

    def _with_comments(self, old: cst.CSTNode, new: cst.CSTNode, reasons: dict[str, None]) -> cst.CSTNode:
        lines: Sequence[cst.EmptyLine] = getattr(old, "leading_lines", ())
        first, header = self._above_first
        above = [*header, *lines] if id(old) == first else lines
        if any(line.comment and line.comment.value.startswith(MARK) for line in above):
            return new  # of an earlier run: what it was about is not known any better now
        added = [cst.EmptyLine(comment=cst.Comment(MARK + reason)) for reason in reasons]
        return new.with_changes(leading_lines=[*lines, *added])
