"""Add the index ix_documents_metadata.

What: an index ON documents USING gin (metadata).
Why: documents are found by their metadata.
Breaks: nothing.
Adapt: nothing.

Revision ID: b4c5d6e7f8a9
Revises: a3b4c5d6e7f8
Create Date: 2025-01-22 13:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "b4c5d6e7f8a9"
down_revision = "a3b4c5d6e7f8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    ddl.create_index("ix_documents_metadata", "ON documents USING gin (metadata)")


def downgrade() -> None:
    """Drop the index."""
    ddl.drop_index("ix_documents_metadata")
