"""Names in sight, and what is learnt about a file as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.types import NEVER, Type, join

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Facts", "Scope"]


@dataclass(slots=True)
class Scope:
    """The variables of a module, class, function or comprehension at the point of the walk.

    Narrowed attributes are kept too, under their dotted path (``self.doc``).
    """

    kind: str
    name: str = ""
    parent: Scope | None = None
    variables: dict[str, Type | None] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)

    def functions(self) -> Iterator[Scope]:
        """Yield this scope and those around it in which its names are looked up."""
        scope: Scope | None = self
        while scope is not None:
            if scope is self or scope.kind != "class":
                yield scope
            scope = scope.parent

    @property
    def function(self) -> Scope:
        """The nearest scope that holds assignments: comprehensions and lambdas are looked through."""
        scope = self
        while scope.kind == "inner" and scope.parent is not None:
            scope = scope.parent
        return scope

    def qualify(self, name: str) -> str:
        """Return the qualified name of a function or class defined here."""
        return f"{self.function.name}.{name}" if self.function.name else name


class Facts:
    """What holds for the whole file: results of functions, types of parameters, attributes and globals.

    They are gathered while walking and needed before they are complete, so the file is walked again until
    every answer given during a walk was the final one.
    """

    def __init__(self, known: dict[str, Type | None] | None = None) -> None:
        self._before: dict[str, Type | None] = dict(known or {})
        self._now: dict[str, Type | None] = {}
        self._answers: dict[str, Type | None] = {}

    def learn(self, key: str, kind: Type | None) -> None:
        """Add an observation; contradicting ones leave nothing known."""
        self._now[key] = join(self._now.get(key, NEVER), kind)

    def read(self, key: str) -> Type | None:
        """Return what is known."""
        kind = self._before.get(key, self._now.get(key))
        self._answers[key] = kind
        return kind

    def settled(self) -> bool:
        """Tell whether every answer was final, and make this walk's knowledge the next one's answers."""
        settled = all(self._now.get(key, kind) == kind for key, kind in self._answers.items())
        self._before |= self._now
        self._now, self._answers = {}, {}
        return settled

    def known(self, prefix: str) -> dict[str, Type | None]:
        """Return the facts whose key starts with a prefix, after the last walk."""
        return {key: kind for key, kind in self._before.items() if key.startswith(prefix)}
