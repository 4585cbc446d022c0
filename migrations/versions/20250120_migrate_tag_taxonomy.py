"""Rename tags to the taxonomy.

What: ``invoice`` becomes ``financial:invoice`` and so on.
Why: tags of one kind sort together.
Breaks: programs that look for the old tags.
Adapt: look for the new ones.

Revision ID: c9d0e1f2a3b4
Revises: b8c9d0e1f2a3
Create Date: 2025-01-20 11:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "c9d0e1f2a3b4"
down_revision = "b8c9d0e1f2a3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the tags."""
    ddl.move("tags")


def downgrade() -> None:
    """Rename them back."""
    ddl.move("tags", "down")
