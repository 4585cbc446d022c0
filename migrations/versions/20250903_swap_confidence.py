"""Let the decimal take over the name confidence_score.

What: drops the float and renames confidence_score_decimal and its index.
Why: one column, exact.
Breaks: programs that expect a float.
Adapt: cast where a float is needed.

Revision ID: 3c4d5e6f7a8b
Revises: 2b3c4d5e6f7a
Create Date: 2025-09-03 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import contract, ddl, triggers

revision = "3c4d5e6f7a8b"
down_revision = "2b3c4d5e6f7a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep floats that have more than four decimals for the way back, then swap in one transaction."""
    if ddl.has_column("documents", "confidence_score_float"):
        downgrade()  # a way back that was killed is gone to its end first
    contract.verify("confidence")
    ddl.move("confidence_exact")
    ddl.step(
        *triggers.CONFIDENCE.remove,
        "ALTER TABLE documents DROP COLUMN confidence_score",
        "ALTER TABLE documents RENAME COLUMN confidence_score_decimal TO confidence_score",
        "ALTER INDEX ix_documents_confidence_score_decimal RENAME TO ix_documents_confidence_score",
    )


def downgrade() -> None:
    """Fill a float beside the decimal, then swap back in one transaction."""
    if ddl.has_column("documents", "confidence_score_decimal"):
        ddl.undone("confidence_exact")  # a way forward that was killed has not swapped yet
        return
    ddl.step(
        "ALTER TABLE documents ADD COLUMN IF NOT EXISTS confidence_score_float DOUBLE PRECISION",
        "COMMENT ON COLUMN documents.confidence_score_float IS 'OCR confidence score (0.0-1.0)'",
    )
    ddl.step(*triggers.CONFIDENCE_SWAPPED.install)
    ddl.move("confidence_exact", "down")
    ddl.create_index(
        "ix_documents_confidence_score_float",
        "ON documents (confidence_score_float) WHERE confidence_score_float IS NOT NULL",
    )
    ddl.step(
        "ALTER TABLE documents RENAME COLUMN confidence_score TO confidence_score_decimal",
        "ALTER TABLE documents RENAME COLUMN confidence_score_float TO confidence_score",
        "ALTER INDEX ix_documents_confidence_score RENAME TO ix_documents_confidence_score_decimal",
        "ALTER INDEX ix_documents_confidence_score_float RENAME TO ix_documents_confidence_score",
        *triggers.CONFIDENCE.install,
    )
