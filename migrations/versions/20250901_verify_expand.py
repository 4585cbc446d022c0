"""Verify that release 1.0 is gone and nothing would be lost.

What: counts rows whose old and new columns differ and looks for servers of release 1.0; changes nothing.
Why: the next revisions drop what only release 1.0 needs.
Breaks: nothing.
Adapt: stop servers of release 1.0 and run ``ablage-server db backfill`` when it refuses.

Revision ID: 1a2b3c4d5e6f
Revises: f0a1b2c3d4e5
Create Date: 2025-09-01 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import contract

revision = "1a2b3c4d5e6f"
down_revision = "f0a1b2c3d4e5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Verify."""
    contract.verify()


def downgrade() -> None:
    """Nothing was changed."""
