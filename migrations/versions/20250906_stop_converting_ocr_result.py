"""Stop converting what old releases write to documents.ocr_result.

What: drops the triggers that do what release 1.0 does not: convert results to format 2.0 when they are
    written, fill in page_count, and clear error_code.
Why: every server that still runs does it itself.
Breaks: programs that write results in the format of release 1.0.
Adapt: write format 2.0.

Revision ID: 6f7a8b9c0d1e
Revises: 5e6f7a8b9c0d
Create Date: 2025-09-06 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl, triggers

revision = "6f7a8b9c0d1e"
down_revision = "5e6f7a8b9c0d"
branch_labels = ("v2.0",)
depends_on = None


def upgrade() -> None:
    """Drop the triggers."""
    ddl.step(*triggers.OCR_RESULT.remove, *triggers.PAGE_COUNT.remove, *triggers.ERROR_CODE.remove)


def downgrade() -> None:
    """Create them again."""
    ddl.step(*triggers.OCR_RESULT.install, *triggers.PAGE_COUNT.install, *triggers.ERROR_CODE.install)
