"""Add documents.confidence_score.

What: a FLOAT with the mean confidence of the OCR result (0.0-1.0), and a partial index where it is known.
Why: documents can be filtered by how well they were read.
Breaks: nothing.
Adapt: nothing.

Revision ID: a1b2c3d4e5f6
Revises: f6e5d4c3b2a1
Create Date: 2025-01-17 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "a1b2c3d4e5f6"
down_revision = "f6e5d4c3b2a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and its index."""
    ddl.step(
        "ALTER TABLE documents ADD COLUMN IF NOT EXISTS confidence_score DOUBLE PRECISION",
        "COMMENT ON COLUMN documents.confidence_score IS 'OCR confidence score (0.0-1.0)'",
    )
    ddl.restore_column("documents", "confidence_score")
    ddl.create_index(
        "ix_documents_confidence_score", "ON documents (confidence_score) WHERE confidence_score IS NOT NULL"
    )


def downgrade() -> None:
    """Drop both."""
    ddl.drop_index("ix_documents_confidence_score")
    ddl.keep_column("documents", "confidence_score")
