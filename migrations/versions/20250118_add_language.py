"""Add documents.language.

What: the language of the document, German unless told otherwise.
Why: the engine reads better when it knows the language.
Breaks: nothing.
Adapt: nothing.

Revision ID: e5f6a7b8c9d0
Revises: d4e5f6a7b8c9
Create Date: 2025-01-18 11:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "e5f6a7b8c9d0"
down_revision = "d4e5f6a7b8c9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    ddl.step("ALTER TABLE documents ADD COLUMN IF NOT EXISTS language VARCHAR(10) DEFAULT 'de'")
    ddl.restore_column("documents", "language")


def downgrade() -> None:
    """Drop the column; its values are kept for the way forward."""
    ddl.keep_column("documents", "language")
