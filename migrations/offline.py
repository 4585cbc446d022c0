"""A script for those who run SQL by other means, and what it consists of."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alembic.runtime.migration import MigrationInfo

    from .backfills import Move


class Script(io.StringIO):
    """What Alembic writes to, revision by revision.

    Attributes:
        steps: The revisions so far, each with what it does: pieces of SQL, and data moves.
    """

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, Sequence[str | Move]]] = []
        self._parts: list[str | Move] = []

    def write(self, text: str) -> int:
        """Write statements or a comment."""
        self._parts.append(text)
        return super().write(text)

    def move(self, move: Move) -> None:
        """Note a data move, which is no statement."""
        self._parts.append(move)

    def begin(self) -> None:
        """Forget what belongs to the script and to no revision."""
        self._parts = []

    def end(self, step: MigrationInfo) -> None:
        """Note the end of a revision."""
        self.steps.append((step.up_revision_id or "", self._parts))
        self._parts = []
