"""What the codemod knows about a value of an old program.

A `Type` is a plain, picklable tuple. ``None`` in place of a type means "nothing is known".
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["NEVER", "NONE", "Type", "completed", "container", "element", "join", "optional"]


class Type(NamedTuple):
    """A type: a name of the old client, or one of the structural names below.

    ``list`` (anything iterated or indexed), ``dict`` (its values), ``tuple``, ``coroutine``, ``future``,
    ``class`` (a class object), ``method`` (bound, ``detail`` is its name), ``function``, ``instance`` and
    ``localclass`` (of the file, ``detail`` is the qualified name), ``symbol`` (``detail`` is a dotted name),
    ``foreign`` (surely nothing of the old client), ``none`` and ``never``.
    """

    name: str
    of: tuple[Type | None, ...] = ()
    detail: str = ""

    @property
    def optional(self) -> bool:
        """Whether the new value may be ``None`` where the old one never was."""
        return self.detail == "optional"


#: Types that come with a promise in ``detail``, and the weakest one.
_GRADED = {"Document": "", "OcrResult": "optional", "Text": "optional"}

#: Types that say nothing about the other branch.
_EMPTY = frozenset({"never", "none"})

NONE = Type("none")
NEVER = Type("never")


def container(name: str, *of: Type | None) -> Type:
    """Return the type ``name[of, …]``."""
    return Type(name, of)


def element(kind: Type | None) -> Type | None:
    """Return what iterating over a value of this type gives."""
    if kind is None or not kind.of:
        return None
    if kind.name in {"list", "Page"}:
        return kind.of[0]
    if kind.name == "tuple":
        result: Type | None = NEVER
        for part in kind.of:
            result = join(result, part)
        return result
    return None


def join(left: Type | None, right: Type | None) -> Type | None:
    """Return the type of a value that is of either type: ``None`` when they disagree."""
    if left is None or right is None or left == right:
        return left if left == right else None
    if left.name in _EMPTY or right.name in _EMPTY:
        return right if left.name in _EMPTY else left
    if left.name != right.name:
        return None
    if len(left.of) == len(right.of) and left.of:
        return Type(left.name, tuple(map(join, left.of, right.of)), left.detail)
    # The weaker promise of both.
    return Type(left.name, (), _GRADED[left.name]) if left.name in _GRADED else None


def optional(name: str) -> Type:
    """Return the type of a value that may be ``None`` unless its document is completed."""
    return Type(name, (), "optional")


def completed(name: str) -> Type:
    """Return the type of a document whose recognition has succeeded."""
    return Type(name, (), "completed")
