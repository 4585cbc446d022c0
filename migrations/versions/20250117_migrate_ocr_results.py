"""Convert documents.ocr_result to format 1.0.

What: ``content score engine lang page_count duration segments`` become ``version text confidence backend
    metadata blocks``; unknown keys are carried along.
Why: one format with a version, and names that say what they hold.
Breaks: programs that read the column and expect the old names.
Adapt: read the new names, or read through the API: v1 answers the old ones.

Revision ID: b2c3d4e5f6a7
Revises: a1b2c3d4e5f6
Create Date: 2025-01-17 11:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "b2c3d4e5f6a7"
down_revision = "a1b2c3d4e5f6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Convert old to 1.0."""
    ddl.move("ocr_result_v1")


def downgrade() -> None:
    """Convert 1.0 to old."""
    ddl.move("ocr_result_v1", "down")
