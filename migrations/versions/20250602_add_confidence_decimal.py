"""Add documents.confidence_score_decimal beside confidence_score.

What: the confidence as DECIMAL(5,4).
Why: 0.9 is 0.9 and compares as such.
Breaks: nothing: both columns hold the same.
Adapt: nothing: the decimal takes over the name at release 2.0.

Revision ID: e7f8a9b0c1d2
Revises: d6e7f8a9b0c1
Create Date: 2025-06-02 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl, triggers

revision = "e7f8a9b0c1d2"
down_revision = "d6e7f8a9b0c1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, keep both equal, copy what is there."""
    ddl.step(
        "ALTER TABLE documents ADD COLUMN IF NOT EXISTS confidence_score_decimal NUMERIC(5, 4)",
        "COMMENT ON COLUMN documents.confidence_score_decimal IS 'OCR confidence score (0.0-1.0)'",
    )
    ddl.step(*triggers.CONFIDENCE.install)
    ddl.move("confidence")


def downgrade() -> None:
    """Drop the column: the float holds the same, except for what is kept for the way forward."""
    ddl.move("confidence", "down")
    ddl.step(
        *triggers.CONFIDENCE.remove, "ALTER TABLE documents DROP COLUMN IF EXISTS confidence_score_decimal"
    )
