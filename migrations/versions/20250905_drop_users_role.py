"""Drop users.role.

What: the column, whose content is in user_roles.
Why: one place for roles.
Breaks: programs that read the column.
Adapt: read user_roles.

Revision ID: 5e6f7a8b9c0d
Revises: 4d5e6f7a8b9c
Create Date: 2025-09-05 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import contract, ddl, triggers

revision = "5e6f7a8b9c0d"
down_revision = "4d5e6f7a8b9c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the column and the triggers that kept it equal."""
    contract.verify("roles")
    ddl.step(*triggers.ROLES.remove, "ALTER TABLE users DROP COLUMN IF EXISTS role")


def downgrade() -> None:
    """Add the column again, keep both equal, name everybody's most powerful role."""
    ddl.step("ALTER TABLE users ADD COLUMN IF NOT EXISTS role VARCHAR(50)")
    ddl.step(*triggers.ROLES.install)
    ddl.move("roles", "down")
