"""The moves of this history: what is moved, in which table, by which SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from server_stub.migrations.errors import MigrationError

if TYPE_CHECKING:
    from collections.abc import Mapping

Direction: TypeAlias = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger that converts what is written to a column while a move in place runs, and afterwards.

    It is called ``ablage_guard_<column>``. Of several moves that convert one column, the one that ran last
    decides what it converts to.

    Attributes:
        column: The column of the move's table.
        function: Trigger function in the schema ``ablage_migrations``.
        up: What it converts to while and after the move runs up.
        down: The same for the way down.
        stays_down: Whether it stays when the move down is finished.
    """

    column: str
    function: str
    up: str
    down: str
    stays_down: bool = True

    @property
    def trigger(self) -> str:
        """Name of the trigger."""
        return f"ablage_guard_{self.column}"


@dataclass(frozen=True, slots=True)
class Move:
    """One data move, both ways.

    The work is done by SQL functions that the files ``migrations/sql/*.sql`` install::

        ablage_migrations.move_<routine>_<direction>(move text, keys uuid[]) RETURNS int
        ablage_migrations.left_<routine>_<direction>(move text, keys uuid[]) RETURNS SETOF uuid

    The first converts the rows of these keys, which the engine has locked, leaves converted ones as they
    are, and returns how many it changed. The second returns which of these keys still need it; those that
    were set aside do not.

    Attributes:
        name: The name to `run` it by.
        summary: What is moved, for people.
        version: The revision on whose behalf it runs: the label ``migration_version`` of its metrics.
        table: The table whose rows are converted.
        key: Its column of type UUID by which the work is divided. It needs an index.
        locks: The table whose rows with these keys as ``id`` are locked, when it is not ``table``.
        strength: How they are locked. ``NO KEY UPDATE`` lets others insert rows that refer to them.
        chunk: How many keys a chunk has unless the caller says otherwise.
        sql: Names of the files in ``migrations/sql`` to install before it runs, in order.
        routine: The common part of its functions' names.
        guard: The trigger that keeps converting, for moves in place.
        keys_up: A query for the keys instead of all of the table's.
        keys_down: The same for the way down.
        also_written: Another table, and its column with our keys, whose new rows matter as well.
    """

    name: str
    summary: str
    version: str
    table: str
    routine: str
    sql: tuple[str, ...]
    key: str = "id"
    locks: str | None = None
    strength: Literal["UPDATE", "NO KEY UPDATE"] = "NO KEY UPDATE"
    chunk: int = 250
    guard: Guard | None = None
    keys_up: str | None = None
    keys_down: str | None = None
    also_written: tuple[str, str] | None = None

    def keys(self, direction: Direction) -> str:
        """Return the query for all keys, which names its only column ``key``."""
        chosen = self.keys_up if direction == "up" else self.keys_down
        return chosen or f"SELECT {self.key} AS key FROM {self.table}"  # noqa: S608 - names from our own code

    def locks_keys(self, direction: Direction) -> bool:
        """Tell whether the keys are of the rows to lock, so that one pass over the index does both."""
        special = self.keys_up if direction == "up" else self.keys_down
        return special is None and self.locks is None and self.key == "id"


_STATIC = (
    Move(
        "ocr_result_v1",
        'documents.ocr_result: old format to version "1.0"',
        version="b2c3d4e5f6a7",
        table="documents",
        routine="ocr_result_v1",
        sql=("ocr_result", "move_ocr_result"),
        guard=Guard("ocr_result", "guard_ocr_result", up="1.0", down="old", stays_down=False),
    ),
    Move(
        "roles",
        "users.role to user_roles",
        version="c3d4e5f6a7b8",
        table="users",
        routine="roles",
        chunk=1000,
        sql=("move_roles",),
    ),
    Move(
        "status",
        "documents.status where it is not known yet",
        version="a7b8c9d0e1f2",
        table="documents",
        routine="status",
        chunk=1000,
        sql=("move_status",),
    ),
    Move(
        "tags",
        "document_tags: old names to the taxonomy",
        version="c9d0e1f2a3b4",
        table="document_tags",
        key="document_id",
        locks="documents",
        strength="UPDATE",
        routine="tags",
        chunk=1000,
        sql=("move_tags",),
        keys_down="SELECT document_id AS key FROM document_tags UNION SELECT (value ->> 'document_id')::uuid "
        "FROM ablage_migrations.kept WHERE move = 'tags' AND direction = 'up'",
    ),
    Move(
        "extracted_text",
        "documents.ocr_text to extracted_text",
        version="d6e7f8a9b0c1",
        table="documents",
        routine="extracted_text",
        sql=("move_extracted_text",),
    ),
    Move(
        "confidence",
        "documents.confidence_score: float to DECIMAL(5,4)",
        version="e7f8a9b0c1d2",
        table="documents",
        routine="confidence",
        chunk=1000,
        sql=("move_confidence",),
    ),
    Move(
        "merge_ocr_results",
        "ocr_results into documents",
        version="a9b0c1d2e3f4",
        table="documents",
        routine="merge_ocr_results",
        sql=("ocr_result", "move_ocr_results_table"),
        keys_up="SELECT document_id AS key FROM ocr_results",
        keys_down="SELECT row_id AS key FROM ablage_migrations.kept "
        "WHERE move = 'merge_ocr_results' AND direction = 'up'",
        also_written=("ocr_results", "document_id"),
    ),
    Move(
        "ocr_result_v2",
        'documents.ocr_result: version "1.0" to "2.0"',
        version="b0c1d2e3f4a5",
        table="documents",
        routine="ocr_result_v2",
        sql=("ocr_result", "move_ocr_result"),
        guard=Guard("ocr_result", "guard_ocr_result", up="2.0", down="1.0"),
    ),
    Move(
        "page_count",
        "documents.page_count from documents.ocr_result",
        version="c1d2e3f4a5b6",
        table="documents",
        routine="page_count",
        chunk=1000,
        sql=("move_page_count",),
    ),
    Move(
        "confidence_exact",
        "documents.confidence_score: floats with more than four decimal places, for the way back",
        version="3c4d5e6f7a8b",
        table="documents",
        routine="confidence_exact",
        chunk=1000,
        sql=("move_confidence",),
    ),
)

#: Every move that has a name of its own. `find` also knows ``keep:TABLE.COLUMN``.
MOVES: Mapping[str, Move] = MappingProxyType({move.name: move for move in _STATIC})

_KEEP = re.compile(r"keep:(?P<table>[a-z0-9_]{1,63})\.(?P<column>[a-z0-9_]{1,63})")


class UnknownMoveError(MigrationError, LookupError):
    """There is no data move of this name; the message lists those that there are."""


def find(name: str) -> Move:
    """Return a move by its name.

    Besides the names in `MOVES` there is ``keep:TABLE.COLUMN`` for a column that a downgrade drops and
    that nothing else holds: *down* copies its values aside, *up* writes them back once the column was
    added again, into rows where nothing else was written since.

    Raises:
        UnknownMoveError: If there is none.
    """
    if name in MOVES:
        return MOVES[name]
    match = _KEEP.fullmatch(name)
    if match is None:
        raise UnknownMoveError(f"There is no data move {name!r}. There are: {', '.join(MOVES)}.")
    return Move(
        name,
        f"values of {match['table']}.{match['column']} for the way back",
        version=name,
        table=match["table"],
        routine="kept_column",
        chunk=1000,
        sql=("move_kept_column",),
        keys_up="SELECT row_id AS key FROM ablage_migrations.kept "  # noqa: S608 - the name was matched above
        f"WHERE move = '{name}' AND direction = 'down'",
    )
