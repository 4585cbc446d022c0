"""Drop documents.ocr_text.

What: the column, whose content is in extracted_text.
Why: one name for one thing.
Breaks: programs that read the column.
Adapt: read extracted_text.

Revision ID: 2b3c4d5e6f7a
Revises: 1a2b3c4d5e6f
Create Date: 2025-09-02 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import contract, ddl, triggers

revision = "2b3c4d5e6f7a"
down_revision = "1a2b3c4d5e6f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the column and the trigger that kept it equal."""
    contract.verify("extracted_text")
    ddl.step(*triggers.TEXT.remove, "ALTER TABLE documents DROP COLUMN IF EXISTS ocr_text")


def downgrade() -> None:
    """Add the column again, keep both equal, copy what is there."""
    ddl.step("ALTER TABLE documents ADD COLUMN IF NOT EXISTS ocr_text TEXT")
    ddl.step(*triggers.TEXT.install)
    ddl.move("extracted_text", "down")
