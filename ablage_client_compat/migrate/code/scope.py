"""Names in sight."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ablage_client_compat.migrate.rules.types import Type

__all__ = ["Scope"]


@dataclass(frozen=True, slots=True)
class Scope:
    """The variables of a module, class, function or comprehension at the point of the walk.

    It is read here; what is assigned or found out goes through the `Walk`. Narrowed attributes are kept too,
    under their dotted path (``self.doc``).
    """

    kind: str
    name: str = ""
    parent: Scope | None = None
    variables: Mapping[str, Type | None] = field(default_factory=dict)
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
