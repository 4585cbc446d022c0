"""Which requests are meant: ``"POST /api/v2/documents/*"``."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Self

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern for requests.

    Attributes:
        method: The method; ``None`` for any.
        path: The path as it was sent, without the query; ``*`` stands for anything, slashes too.
    """

    method: str | None
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pattern: a path, a method, or both.

        Args:
            text: Such as ``"*"``, ``"DELETE"``, ``"/api/v2/documents/*"`` or ``"POST */upload"``.

        Raises:
            ValueError: It is none of these.
        """
        method, _, path = text.strip().rpartition(" ")
        if not method and path in _METHODS:
            method, path = path, "*"
        if (method and method not in _METHODS) or not path.startswith(("/", "*")):
            raise ValueError(
                f"{text!r} is no pattern for requests. Write a path that begins with / or *, with or without "
                'a method before it: "POST */documents/upload", "/api/v2/*", "DELETE".'
            )
        return cls(method or None, path)

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a request is meant."""
        return (self.method is None or self.method == method) and fnmatchcase(path, self.path)
