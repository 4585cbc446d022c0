"""Resumable, batched moves of data that run while the application reads and writes.

A move converts the rows of one table chunk by chunk. What is done is recorded in the schema
``ablage_migrations``, in the same transaction as the data, so a move that was killed at any instant is
continued by running it again, and no row is converted twice.

From a revision (never inside its transaction: the workers use connections of their own)::

    def upgrade() -> None:
        with ddl.autocommit():
            backfills.run(op.get_bind().engine.url, "ocr_result_v1")

    def downgrade() -> None:
        with ddl.autocommit():
            backfills.run(op.get_bind().engine.url, "ocr_result_v1", direction="down")

Columns that the move copies to must exist, and triggers that keep old and new columns equal must be in
place, before `run` is called: what is written during the move is then handled by the triggers, and a
final sweep looks at every row that somebody else wrote since the move began. Moves that convert in place
bring their own trigger (a *guard*); see `Move.guard`.

Before a downgrade drops a column whose values nothing else holds, ``run(url, "keep:TABLE.COLUMN",
direction="down")`` copies them aside; ``run(url, "keep:TABLE.COLUMN")`` after the column was added again
writes them back.

`quarantined` lists rows that could not be converted, `status` how far each move is, `write_textfile` hands
the figures to Prometheus.
"""

from __future__ import annotations

from ._bookkeeping import install, statements
from ._engine import run
from ._metrics import record_duration, record_error, render, render_metrics, write_textfile
from ._moves import MOVES, Direction, Guard, Move, UnknownMoveError, find
from ._plan import BackfillError
from ._status import Progress, Quarantined, quarantined, status

__all__ = [
    "MOVES",
    "BackfillError",
    "Direction",
    "Guard",
    "Move",
    "Progress",
    "Quarantined",
    "UnknownMoveError",
    "find",
    "install",
    "quarantined",
    "record_duration",
    "record_error",
    "render",
    "render_metrics",
    "run",
    "statements",
    "status",
    "write_textfile",
]
