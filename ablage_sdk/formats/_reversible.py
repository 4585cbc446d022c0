"""Conversions that can be undone, whatever they convert."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Object", "reversible", "same", "value_or"]

Object: TypeAlias = "dict[str, object]"

_RESERVED = frozenset({"_v1", "_v2"})


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
        and same(_carrying(original, back, there, carried), source)
    ):
        return dict(original)
    return _carrying(source, there, back, carry)


def _carrying(
    source: Mapping[str, object],
    there: Callable[[Mapping[str, object]], Object],
    back: Callable[[Mapping[str, object]], Object],
    carry: str,
) -> Object:
    result = there(source)
    if not _RESERVED.isdisjoint(source) or not same(back(result), source):
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
