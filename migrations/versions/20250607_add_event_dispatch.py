"""Add notification_events.dispatched_at.

What: when an event was handed to its deliveries, and an index of those that still wait.
Why: events survive a crash between storing and sending.
Breaks: nothing.
Adapt: nothing.

Revision ID: a5b6c7d8e9f0
Revises: f4a5b6c7d8e9
Create Date: 2025-06-07 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "a5b6c7d8e9f0"
down_revision = "f4a5b6c7d8e9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; events from before it count as dispatched: there were no webhooks to tell."""
    first_time = not ddl.kept("notification_events", "dispatched_at")
    default = " DEFAULT now()" if first_time else ""
    ddl.step(
        f"ALTER TABLE notification_events ADD COLUMN IF NOT EXISTS dispatched_at TIMESTAMPTZ{default}",
        "ALTER TABLE notification_events ALTER COLUMN dispatched_at DROP DEFAULT",
    )
    ddl.restore_column("notification_events", "dispatched_at")
    ddl.create_index(
        "ix_notification_events_undispatched",
        "ON notification_events (created_at) WHERE dispatched_at IS NULL",
    )


def downgrade() -> None:
    """Drop both; when each event was dispatched is kept for the way forward."""
    ddl.drop_index("ix_notification_events_undispatched")
    ddl.keep_column("notification_events", "dispatched_at")
