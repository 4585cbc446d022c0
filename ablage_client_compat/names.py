"""What to say when legacy code asks for a name that no version of the old client had."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["no_such_name"]


def no_such_name(owner: str, name: str, known: Iterable[str]) -> AttributeError:
    """Return the `AttributeError` for ``owner.name``, with the nearest name that exists.

    Args:
        owner: The object, as in ``AblageClient.documents``.
        name: The name that it does not have.
        known: The names that it has.
    """
    names = sorted({candidate for candidate in known if not candidate.startswith("_")})
    words = sorted(name.split("_"))
    nearest = (
        [candidate for candidate in names if candidate.startswith(f"{name}_")]
        or get_close_matches(name, names, n=1, cutoff=0.6)
        or [candidate for candidate in names if sorted(candidate.split("_")) == words]  # `text_ocr`
    )
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"it has: {', '.join(names)}"
    return AttributeError(f"{owner!r} has no attribute {name!r}; {hint}")
