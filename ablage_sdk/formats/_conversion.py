"""Conversions that can be undone, whatever they convert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["PRIVATE_KEYS", "Conversion", "Object", "between", "reversible", "same", "value_or"]

Object: TypeAlias = "dict[str, object]"

#: Keys in which a converted value carries an original that its plain way back would not return: that of v1
#: in a value of v2, that of v2 in a value of v1.
PRIVATE_KEYS: tuple[str, str] = ("_v1", "_v2")


@dataclass(frozen=True, slots=True)
class Conversion:
    """Both ways between two formats of one thing; neither loses anything.

    Attributes:
        up: Converts from the older format to the newer one.
        down: Converts back.
        keys: Where a value of the newer, and of the older format carries its original.
    """

    up: Callable[[Mapping[str, object]], Object]
    down: Callable[[Mapping[str, object]], Object]
    keys: tuple[str, str] = PRIVATE_KEYS

    def strip(self, value: Mapping[str, object]) -> Object:
        """Return a value without the original that it carries: what may be shown, or stored as new."""
        return {key: item for key, item in value.items() if key not in self.keys}

    def is_whole(self, value: Mapping[str, object]) -> bool:
        """Tell whether a value says everything itself, and carries no original."""
        return self.keys[0] not in value and self.keys[1] not in value


def between(
    up: Callable[[Mapping[str, object]], Object],
    down: Callable[[Mapping[str, object]], Object],
    keys: tuple[str, str] = PRIVATE_KEYS,
) -> Conversion:
    """Make a conversion of two plain ones, each of which may lose something."""
    old, new = keys
    return Conversion(
        lambda value: reversible(value, up, down, old, new),
        lambda value: reversible(value, down, up, new, old),
        keys,
    )


def reversible(
    source: Mapping[str, object],
    there: Callable[[Mapping[str, object]], Object],
    back: Callable[[Mapping[str, object]], Object],
    carry: str,
    carried: str,
    accept: Callable[[Mapping[str, object]], bool] = lambda _: True,
) -> Object:
    """Convert, and make sure that the way back returns ``source``.

    Args:
        source: What to convert.
        there: The plain conversion.
        back: The plain conversion the other way.
        carry: Reserved key for an original that the plain way back would not return.
        carried: Reserved key in which ``source`` may hold the original of an earlier conversion.
        accept: Tells whether such an original is in the wanted format at all.
    """
    original = source.get(carried)
    if (
        isinstance(original, dict)
        and accept(original)
        and same(_carrying(original, back, there, carried, carry), source)
    ):
        return dict(original)
    return _carrying(source, there, back, carry, carried)


def _carrying(
    source: Mapping[str, object],
    there: Callable[[Mapping[str, object]], Object],
    back: Callable[[Mapping[str, object]], Object],
    carry: str,
    carried: str,
) -> Object:
    result = there(source)
    if carry in source or carried in source or not same(back(result), source):
        result[carry] = dict(source)
    return result


def same(left: object, right: object) -> bool:
    """Compare two JSON values as JSON: ``1`` and ``True`` differ, ``1`` and ``1.0`` do too."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(v, right[k]) for k, v in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


def value_or(value: object, default: object) -> object:
    """Return a value, or what stands for one that is missing."""
    return default if value is None else value
