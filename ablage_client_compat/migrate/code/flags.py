"""What is known of a file before it is walked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ablage_client_compat.migrate.rules.index import index

__all__ = ["NEW_PACKAGE", "Flags"]

NEW_PACKAGE = "ablage_sdk"
#: Methods that raise an error when recognition failed.
_WAITS = frozenset({"wait_for_completion", "wait_for_processing", "wait_for_all"})


@dataclass(frozen=True, slots=True)
class Flags:
    """What the caller wants, and what the words of the file tell.

    Attributes:
        asynchronous: Whether the file becomes asynchronous as well.
        words: Every word of the file.
        clashes: New names that the file uses for something else already.
        names_version: Whether it chooses the API version by header: no address must name another.
    """

    asynchronous: bool
    words: frozenset[str]
    clashes: frozenset[str]
    names_version: bool

    @classmethod
    def of(cls, source: str, *, asynchronous: bool) -> Flags:
        """Read the words of a file."""
        return cls(
            asynchronous,
            frozenset(re.findall(r"\w+", source)),
            _clashes(source),
            "x-api-version" in source.lower(),
        )

    @property
    def reads_results(self) -> bool:
        """Whether the file reads ``ocr_result``, which lists leave out unless asked."""
        return "ocr_result" in self.words

    @property
    def waits(self) -> bool:
        """Whether the file waits for documents, whose recognition may fail."""
        return not _WAITS.isdisjoint(self.words)

    def new_name(self, name: str) -> str:
        """Return how this file calls a name of the new package."""
        if self.asynchronous and name == "AblageSDK":
            return "AsyncAblageSDK"
        return f"Ablage{name}" if name in self.clashes else name


def _clashes(source: str) -> frozenset[str]:
    if re.search(rf"\b{NEW_PACKAGE}\b", source):
        return frozenset()
    classes = index().classes
    names = {name for rule in classes.values() for name in (*rule.new, rule.base) if name}
    return frozenset(name for name in names - classes.keys() if re.search(rf"(?<![\w.]){name}\b", source))
