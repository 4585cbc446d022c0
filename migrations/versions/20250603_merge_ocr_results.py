"""Merge ocr_results into documents.

What: documents without a result of their own get the newest row of ocr_results.
Why: one place for the result of a document.
Breaks: nothing.
Adapt: read documents.ocr_result.

Revision ID: a9b0c1d2e3f4
Revises: f8a9b0c1d2e3
Create Date: 2025-06-03 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "a9b0c1d2e3f4"
down_revision = "f8a9b0c1d2e3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Merge."""
    ddl.move("merge_ocr_results")


def downgrade() -> None:
    """Take back what was merged."""
    ddl.move("merge_ocr_results", "down")
