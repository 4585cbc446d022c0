"""What is learnt about a file as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.types import NEVER, Type, join

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["Facts", "LocalClass"]


@dataclass(slots=True)
class LocalClass:
    """A class of the file: what it derives from and which names it defines itself."""

    name: str
    bases: list[Type] = field(default_factory=list)
    #: What it derives from in other packages.
    symbols: set[str] = field(default_factory=set)
    methods: dict[str, cst.FunctionDef] = field(default_factory=dict)
    properties: set[str] = field(default_factory=set)
    fields: list[str] = field(default_factory=list)


class Facts:
    """What holds for the whole file: its functions and classes, and the types that go in and out of them.

    They are gathered while walking and needed before they are complete, so the file is walked again until
    every answer given during a walk was the final one.
    """

    def __init__(self, known: dict[str, Type | None] | None = None) -> None:
        self._before: dict[str, Type | None] = dict(known or {})
        self._now: dict[str, Type | None] = {}
        self._answers: dict[str, Type | None] = {}
        self.classes: dict[str, LocalClass] = {}
        self.functions: dict[str, cst.FunctionDef] = {}
        #: Functions that yield, and those that are made context managers.
        self.generators: set[str] = set()
        self.managers: set[str] = set()
        #: Tuples that are looped over, so that they must keep their length.
        self.lengths: set[int] = set()
        #: How many uploads of paths were seen so far.
        self.uploads = 0

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
