"""Add the index ix_documents_user_status.

What: an index ON documents (user_id, status).
Why: a user's documents are listed by status.
Breaks: nothing.
Adapt: nothing.

Revision ID: f2a3b4c5d6e7
Revises: e1f2a3b4c5d6
Create Date: 2025-01-22 11:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "f2a3b4c5d6e7"
down_revision = "e1f2a3b4c5d6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    ddl.create_index("ix_documents_user_status", "ON documents (user_id, status)")


def downgrade() -> None:
    """Drop the index."""
    ddl.drop_index("ix_documents_user_status")
