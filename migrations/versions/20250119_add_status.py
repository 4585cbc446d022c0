"""Add documents.status.

What: ``pending``, ``processing``, ``completed`` or ``failed``; rows that exist get
    theirs from what they hold.
Why: clients can tell whether the text is there yet.
Breaks: inserts that name no status.
Adapt: insert a status.

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
    ddl.step(
        "ALTER TABLE documents ADD COLUMN IF NOT EXISTS status VARCHAR(20)",
        "ALTER TABLE documents ALTER COLUMN status SET DEFAULT 'pending'",
    )
    ddl.restore_column("documents", "status")
    ddl.move("status")
    ddl.set_not_null("documents", "status")
    ddl.step("ALTER TABLE documents ALTER COLUMN status DROP DEFAULT")


def downgrade() -> None:
    """Drop the column; its values are kept for the way forward."""
    ddl.undone("status")
    ddl.keep_column("documents", "status")
