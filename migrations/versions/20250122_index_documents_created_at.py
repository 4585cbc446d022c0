"""Add the index ix_documents_created_at.

What: an index ON documents (created_at).
Why: lists are sorted by time.
Breaks: nothing.
Adapt: nothing.

Revision ID: e1f2a3b4c5d6
Revises: d0e1f2a3b4c5
Create Date: 2025-01-22 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "e1f2a3b4c5d6"
down_revision = "d0e1f2a3b4c5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    ddl.create_index("ix_documents_created_at", "ON documents (created_at)")


def downgrade() -> None:
    """Drop the index."""
    ddl.drop_index("ix_documents_created_at")
