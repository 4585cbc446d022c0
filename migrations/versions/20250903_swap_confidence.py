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

from server_stub.migrations import ddl

revision = "3c4d5e6f7a8b"
down_revision = "2b3c4d5e6f7a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Swap in one transaction."""
    ddl.step(
        "ALTER TABLE documents DROP COLUMN confidence_score",
        "ALTER TABLE documents RENAME COLUMN confidence_score_decimal TO confidence_score",
        "ALTER INDEX ix_documents_confidence_score_decimal RENAME TO ix_documents_confidence_score",
    )


def downgrade() -> None:
    """Swap back."""
    ddl.step(
        "ALTER TABLE documents RENAME COLUMN confidence_score TO confidence_score_decimal",
        "ALTER INDEX ix_documents_confidence_score RENAME TO ix_documents_confidence_score_decimal",
        "ALTER TABLE documents ADD COLUMN confidence_score DOUBLE PRECISION",
        "COMMENT ON COLUMN documents.confidence_score IS 'OCR confidence score (0.0-1.0)'",
    )
    ddl.create_index(
        "ix_documents_confidence_score", "ON documents (confidence_score) WHERE confidence_score IS NOT NULL"
    )
