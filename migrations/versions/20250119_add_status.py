"""Add documents.status.

What: ``pending``, ``processing``, ``completed`` or ``failed``; rows that exist get theirs from what they hold.
Why: clients can tell whether the text is there yet.
Breaks: inserts that name no status.
Adapt: insert a status; until the column is NOT NULL a default of ``pending`` helps out.

Revision ID: a7b8c9d0e1f2
Revises: f6a7b8c9d0e1
Create Date: 2025-01-19 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "a7b8c9d0e1f2"
down_revision = "f6a7b8c9d0e1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, fill it, make it NOT NULL."""
    ddl.step("ALTER TABLE documents ADD COLUMN IF NOT EXISTS status VARCHAR(20)")
    ddl.set_not_null("documents", "status")


def downgrade() -> None:
    """Drop the column."""
    ddl.step("ALTER TABLE documents DROP COLUMN IF EXISTS status")
