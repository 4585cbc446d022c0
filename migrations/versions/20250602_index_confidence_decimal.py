"""Add the index ix_documents_confidence_score_decimal.

What: an index ON documents (confidence_score_decimal) WHERE confidence_score_decimal IS NOT NULL.
Why: the decimal is filtered by as the float was.
Breaks: nothing.
Adapt: nothing.

Revision ID: f8a9b0c1d2e3
Revises: e7f8a9b0c1d2
Create Date: 2025-06-02 11:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "f8a9b0c1d2e3"
down_revision = "e7f8a9b0c1d2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    ddl.create_index(
        "ix_documents_confidence_score_decimal",
        "ON documents (confidence_score_decimal) WHERE confidence_score_decimal IS NOT NULL",
    )


def downgrade() -> None:
    """Drop the index."""
    ddl.drop_index("ix_documents_confidence_score_decimal")
