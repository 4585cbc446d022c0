"""One file: source in, source out, with what was changed and what was left to a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import libcst as cst

from ablage_client_compat.migrate.code.asynchronous import make_async
from ablage_client_compat.migrate.code.edits import MARK, Edits
from ablage_client_compat.migrate.code.facts import Facts
from ablage_client_compat.migrate.code.flags import NEW_PACKAGE, Flags
from ablage_client_compat.migrate.code.visitors import (
    calls,
    expressions,
    functions,
    imports,
    matching,
    statements,
)
from ablage_client_compat.migrate.code.walk import Walk
from ablage_client_compat.migrate.rules.index import index
from ablage_client_compat.migrate.rules.types import Type

__all__ = ["Mark", "Rewritten", "rewrite"]

#: A file is walked again until nothing new is learnt; real ones settle after two or three walks.
_MOST_WALKS = 6
#: The handlers register themselves when their modules are imported.
HANDLERS = (calls, expressions, functions, imports, matching, statements)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place that needs a person: the line in the new source, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class Rewritten:
    """What became of a file.

    Attributes:
        source: The new source; equal to the old one when nothing had to change.
        counts: How often each name was rewritten.
        marks: Every ``# TODO(ablage)`` in the new source, earlier ones included.
        exports: What other files may import from this one, for `rewrite` of those files.
    """

    source: str
    counts: Counter[str] = field(default_factory=Counter)
    marks: list[Mark] = field(default_factory=list)
    exports: dict[str, Type | None] = field(default_factory=dict)


def rewrite(
    source: str, *, known: dict[str, Type | None] | None = None, asynchronous: bool = False
) -> Rewritten:
    """Rewrite a program written for the old client.

    Args:
        source: Python source.
        known: What other files export, as ``import:module.name`` → type.
        asynchronous: Move to `AsyncAblageSDK` as well.

    Raises:
        libcst.ParserSyntaxError: The source is not Python.
    """
    module = cst.parse_module(source)
    flags, facts = Flags.of(source, asynchronous=asynchronous), Facts(known)
    edits = _walked(module, flags, facts)
    if asynchronous:
        make_async(facts, edits)
    new = _with_imports(edits.apply(module), edits).code if edits else source
    return Rewritten(new, edits.counts, marks_of(new), _exports(facts))


def _walked(module: cst.Module, flags: Flags, facts: Facts) -> Edits:
    edits = Edits()
    for _ in range(_MOST_WALKS):
        walk = Walk(flags, facts)
        statements.block(walk, module.body)
        edits = walk.edits
        if facts.settled():
            break
    return edits


def _exports(facts: Facts) -> dict[str, Type | None]:
    """Return the names of the module that hold old objects, and its functions that return some."""
    found = {key.removeprefix("global:"): kind for key, kind in facts.known("global:").items()}
    for name in facts.functions:
        if "." not in name:
            found[name] = Type("bound", (facts.read(f"return:{name}"),), name)
    rules = index()
    owners = {owner for owner, _ in (*rules.members, *rules.methods)} | set(rules.classes)
    return {name: kind for name, kind in found.items() if _holds_old(kind, owners)}


def _holds_old(kind: Type | None, owners: set[str]) -> bool:
    if kind is None or kind.name in {"class", "symbol", "instance", "localclass"}:
        return False
    return kind.name in owners or any(_holds_old(part, owners) for part in kind.of)


def _with_imports(module: cst.Module, edits: Edits) -> cst.Module:
    """Add an import for new names that no rewritten import took along."""
    missing = list(edits.imports)
    lines = [cst.parse_statement(f"import {name}") for name in edits.modules if not _imports(module, name)]
    if missing:
        lines.append(cst.parse_statement(f"from {NEW_PACKAGE} import {', '.join(missing)}"))
    if not lines:
        return module
    at = 0
    for number, statement in enumerate(module.body):
        first = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if isinstance(first, (cst.Import, cst.ImportFrom)) or (number == 0 and isinstance(first, cst.Expr)):
            at = number + 1
    return module.with_changes(body=[*module.body[:at], *lines, *module.body[at:]])


def _imports(module: cst.Module, name: str) -> bool:
    """Tell whether a module is imported at the top."""
    return any(
        isinstance(alias.name, cst.Name) and alias.name.value == name and alias.asname is None
        for statement in module.body
        if isinstance(statement, cst.SimpleStatementLine)
        for small in statement.body
        if isinstance(small, cst.Import)
        for alias in small.names
    )


def marks_of(source: str) -> list[Mark]:
    """Return the marks in a source."""
    return [
        Mark(number, line.strip().removeprefix(MARK))
        for number, line in enumerate(source.splitlines(), 1)
        if line.strip().startswith(MARK)
    ]
