"""Add documents.sha256.

What: the SHA-256 of the file, in hex.
Why: downloads can be verified.
Breaks: nothing.
Adapt: nothing.

Revision ID: d2e3f4a5b6c7
Revises: c1d2e3f4a5b6
Create Date: 2025-06-05 11:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "d2e3f4a5b6c7"
down_revision = "c1d2e3f4a5b6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    ddl.step("ALTER TABLE documents ADD COLUMN IF NOT EXISTS sha256 VARCHAR(64)")
    ddl.restore_column("documents", "sha256")


def downgrade() -> None:
    """Drop the column; its values are kept for the way forward."""
    ddl.keep_column("documents", "sha256")
