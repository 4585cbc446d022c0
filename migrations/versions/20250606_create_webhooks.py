"""Create webhooks.

What: who is told about which events, and with which secret.
Why: programs need not ask again and again.
Breaks: nothing.
Adapt: nothing.

Revision ID: f4a5b6c7d8e9
Revises: e3f4a5b6c7d8
Create Date: 2025-06-06 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "f4a5b6c7d8e9"
down_revision = "e3f4a5b6c7d8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, or bring it back."""
    ddl.unpark_table("webhooks")
    ddl.step(
        """CREATE TABLE IF NOT EXISTS webhooks (
            id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
            user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            url TEXT NOT NULL,
            event_types JSONB NOT NULL,
            description TEXT,
            is_active BOOLEAN DEFAULT true NOT NULL,
            secret TEXT NOT NULL,
            previous_secret TEXT,
            previous_secret_expires_at TIMESTAMPTZ,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            updated_at TIMESTAMPTZ DEFAULT now() NOT NULL
        )""",
        "CREATE INDEX IF NOT EXISTS ix_webhooks_user_id ON webhooks (user_id)",
    )


def downgrade() -> None:
    """Put the table aside; its rows are kept for the way forward."""
    ddl.park_table("webhooks")
