"""Add documents.extracted_text beside ocr_text.

What: the text of a document under its new name.
Why: the text need not come from OCR.
Breaks: nothing: both columns hold the same.
Adapt: read and write extracted_text.

Revision ID: d6e7f8a9b0c1
Revises: c5d6e7f8a9b0
Create Date: 2025-06-01 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl, triggers

revision = "d6e7f8a9b0c1"
down_revision = "c5d6e7f8a9b0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, keep both equal, copy what is there."""
    ddl.step("ALTER TABLE documents ADD COLUMN IF NOT EXISTS extracted_text TEXT")
    ddl.step(*triggers.TEXT.install)
    ddl.move("extracted_text")


def downgrade() -> None:
    """Drop the column: ocr_text holds the same."""
    ddl.undone("extracted_text")
    ddl.step(*triggers.TEXT.remove, "ALTER TABLE documents DROP COLUMN IF EXISTS extracted_text")
