"""Retire ocr_results.

What: puts the table aside in the schema ablage_migrations.
Why: its content is in documents.
Breaks: programs that read the table.
Adapt: read documents.ocr_result.

Revision ID: 4d5e6f7a8b9c
Revises: 3c4d5e6f7a8b
Create Date: 2025-09-04 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import contract, ddl

revision = "4d5e6f7a8b9c"
down_revision = "3c4d5e6f7a8b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put the table aside."""
    contract.verify("merge_ocr_results")
    ddl.park_table("ocr_results")


def downgrade() -> None:
    """Bring it back."""
    ddl.unpark_table("ocr_results")
