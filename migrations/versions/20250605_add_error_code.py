"""Add documents.error_code.

What: why a document failed, for programs; it goes when the document is begun anew, also by release 1.0.
Why: messages are for people.
Breaks: nothing.
Adapt: nothing.

Revision ID: e3f4a5b6c7d8
Revises: d2e3f4a5b6c7
Create Date: 2025-06-05 12:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl, triggers

revision = "e3f4a5b6c7d8"
down_revision = "d2e3f4a5b6c7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and keep it right."""
    ddl.step(
        "ALTER TABLE documents ADD COLUMN IF NOT EXISTS error_code VARCHAR(50)", *triggers.ERROR_CODE.install
    )
    ddl.restore_column("documents", "error_code")


def downgrade() -> None:
    """Drop the column; its values are kept for the way forward."""
    ddl.keep_column("documents", "error_code", *triggers.ERROR_CODE.remove)
