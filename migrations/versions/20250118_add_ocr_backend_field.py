"""Add documents.ocr_backend.

What: the name of the engine that read the document.
Why: results of different engines can be told apart.
Breaks: nothing.
Adapt: nothing.

Revision ID: d4e5f6a7b8c9
Revises: c3d4e5f6a7b8
Create Date: 2025-01-18 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "d4e5f6a7b8c9"
down_revision = "c3d4e5f6a7b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    ddl.step("ALTER TABLE documents ADD COLUMN IF NOT EXISTS ocr_backend VARCHAR(50)")
    ddl.restore_column("documents", "ocr_backend")


def downgrade() -> None:
    """Drop the column; its values are kept for the way forward."""
    ddl.keep_column("documents", "ocr_backend")
