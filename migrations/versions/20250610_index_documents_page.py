"""Add the index ix_documents_page.

What: an index ON documents (created_at DESC, id DESC).
Why: a page of all documents is one range of an index.
Breaks: nothing.
Adapt: nothing.

Revision ID: d8e9f0a1b2c3
Revises: c7d8e9f0a1b2
Create Date: 2025-06-10 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "d8e9f0a1b2c3"
down_revision = "c7d8e9f0a1b2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    ddl.create_index("ix_documents_page", "ON documents (created_at DESC, id DESC)")


def downgrade() -> None:
    """Drop the index."""
    ddl.drop_index("ix_documents_page")
