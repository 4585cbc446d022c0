"""Tie documents to their users.

What: the foreign key fk_documents_user_id, ON DELETE CASCADE.
Why: no document without an owner.
Breaks: deleting a user deletes the user's documents.
Adapt: nothing.

Revision ID: d0e1f2a3b4c5
Revises: c9d0e1f2a3b4
Create Date: 2025-01-21 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "d0e1f2a3b4c5"
down_revision = "c9d0e1f2a3b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the foreign key for new rows, then check the old ones."""
    ddl.step(
        "ALTER TABLE documents DROP CONSTRAINT IF EXISTS fk_documents_user_id",
        "ALTER TABLE documents ADD CONSTRAINT fk_documents_user_id "
        "FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID",
    )
    ddl.validate("documents", "fk_documents_user_id")


def downgrade() -> None:
    """Drop the foreign key."""
    ddl.step("ALTER TABLE documents DROP CONSTRAINT IF EXISTS fk_documents_user_id")
