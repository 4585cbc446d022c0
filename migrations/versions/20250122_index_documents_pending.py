"""Add the index ix_documents_pending.

What: an index ON documents (created_at) WHERE status = 'pending'.
Why: whatever waits is found without reading what is done.
Breaks: nothing.
Adapt: nothing.

Revision ID: a3b4c5d6e7f8
Revises: f2a3b4c5d6e7
Create Date: 2025-01-22 12:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "a3b4c5d6e7f8"
down_revision = "f2a3b4c5d6e7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    ddl.create_index("ix_documents_pending", "ON documents (created_at) WHERE status = 'pending'")


def downgrade() -> None:
    """Drop the index."""
    ddl.drop_index("ix_documents_pending")
