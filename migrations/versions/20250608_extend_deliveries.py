"""Extend notification_deliveries for webhooks.

What: to which webhook, when next, and what it answered.
Why: deliveries are retried and can be looked at.
Breaks: nothing.
Adapt: nothing.

Revision ID: b6c7d8e9f0a1
Revises: a5b6c7d8e9f0
Create Date: 2025-06-08 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "b6c7d8e9f0a1"
down_revision = "a5b6c7d8e9f0"
branch_labels = None
depends_on = None

FOREIGN_KEY = "notification_deliveries_webhook_id_fkey"


def upgrade() -> None:
    """Add the columns and their indexes."""
    ddl.step(
        "ALTER TABLE notification_deliveries ADD COLUMN IF NOT EXISTS webhook_id UUID",
        "ALTER TABLE notification_deliveries ADD COLUMN IF NOT EXISTS next_attempt_at TIMESTAMPTZ",
        "ALTER TABLE notification_deliveries ADD COLUMN IF NOT EXISTS response_status INTEGER",
    )
    for column in ("webhook_id", "next_attempt_at", "response_status"):
        ddl.restore_column("notification_deliveries", column)
    ddl.step(
        f"ALTER TABLE notification_deliveries DROP CONSTRAINT IF EXISTS {FOREIGN_KEY}",
        f"ALTER TABLE notification_deliveries ADD CONSTRAINT {FOREIGN_KEY} "
        "FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE NOT VALID",
    )
    ddl.validate("notification_deliveries", FOREIGN_KEY)
    ddl.create_index("ix_notification_deliveries_webhook_id", "ON notification_deliveries (webhook_id)")
    ddl.create_index(
        "ix_notification_deliveries_due",
        "ON notification_deliveries (next_attempt_at) WHERE status = 'pending'",
    )


def downgrade() -> None:
    """Drop them; their values are kept for the way forward."""
    ddl.drop_index("ix_notification_deliveries_due")
    ddl.drop_index("ix_notification_deliveries_webhook_id")
    ddl.step(f"ALTER TABLE notification_deliveries DROP CONSTRAINT IF EXISTS {FOREIGN_KEY}")
    for column in ("webhook_id", "next_attempt_at", "response_status"):
        ddl.keep_column("notification_deliveries", column)
