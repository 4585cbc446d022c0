"""Convert documents.ocr_result to format 2.0.

What: the same keys as 1.0; blocks may name their page.
Why: documents have pages.
Breaks: nothing.
Adapt: nothing.

Revision ID: b0c1d2e3f4a5
Revises: a9b0c1d2e3f4
Create Date: 2025-06-04 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "b0c1d2e3f4a5"
down_revision = "a9b0c1d2e3f4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Convert 1.0 to 2.0."""
    ddl.move("ocr_result_v2")


def downgrade() -> None:
    """Convert 2.0 to 1.0."""
    ddl.move("ocr_result_v2", "down")
