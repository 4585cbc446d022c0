"""Add documents.document_type.

What: what kind of document it is, for example ``invoice``.
Why: documents can be sorted by kind.
Breaks: nothing.
Adapt: nothing.

Revision ID: f6a7b8c9d0e1
Revises: e5f6a7b8c9d0
Create Date: 2025-01-18 12:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "f6a7b8c9d0e1"
down_revision = "e5f6a7b8c9d0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    ddl.step("ALTER TABLE documents ADD COLUMN IF NOT EXISTS document_type VARCHAR(50)")
    ddl.restore_column("documents", "document_type")


def downgrade() -> None:
    """Drop the column; its values are kept for the way forward."""
    ddl.keep_column("documents", "document_type")
