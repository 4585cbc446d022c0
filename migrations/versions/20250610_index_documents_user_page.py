"""Add the index ix_documents_user_page.

What: an index ON documents (user_id, created_at DESC, id DESC).
Why: a page of a user's documents is one range of an index.
Breaks: nothing.
Adapt: nothing.

Revision ID: e9f0a1b2c3d4
Revises: d8e9f0a1b2c3
Create Date: 2025-06-10 11:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "e9f0a1b2c3d4"
down_revision = "d8e9f0a1b2c3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    ddl.create_index("ix_documents_user_page", "ON documents (user_id, created_at DESC, id DESC)")


def downgrade() -> None:
    """Drop the index."""
    ddl.drop_index("ix_documents_user_page")
