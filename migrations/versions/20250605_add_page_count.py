"""Add documents.page_count.

What: the number of pages; documents that exist get theirs from their OCR result, and so do those that
    release 1.0 stores from now on.
Why: it is known before the text is.
Breaks: nothing.
Adapt: nothing.

Revision ID: c1d2e3f4a5b6
Revises: b0c1d2e3f4a5
Create Date: 2025-06-05 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl, triggers

revision = "c1d2e3f4a5b6"
down_revision = "b0c1d2e3f4a5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and fill it."""
    ddl.step(
        "ALTER TABLE documents ADD COLUMN IF NOT EXISTS page_count INTEGER", *triggers.PAGE_COUNT.install
    )
    ddl.restore_column("documents", "page_count")
    ddl.move("page_count")


def downgrade() -> None:
    """Drop the column; its values are kept for the way forward."""
    ddl.move("page_count", "down")
    ddl.keep_column("documents", "page_count", *triggers.PAGE_COUNT.remove)
