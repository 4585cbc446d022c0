"""Create idempotency_keys.

What: the answer to each request that came with an Idempotency-Key, for 24 hours.
Why: a request that is repeated is carried out once.
Breaks: nothing.
Adapt: nothing.

Revision ID: c7d8e9f0a1b2
Revises: b6c7d8e9f0a1
Create Date: 2025-06-09 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "c7d8e9f0a1b2"
down_revision = "b6c7d8e9f0a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, or bring it back."""
    ddl.unpark_table("idempotency_keys")
    ddl.step(
        """CREATE TABLE IF NOT EXISTS idempotency_keys (
            user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            key VARCHAR(255) NOT NULL,
            request_hash VARCHAR(64) NOT NULL,
            status_code INTEGER,
            headers JSONB,
            body BYTEA,
            document_id UUID,
            locked_until TIMESTAMPTZ,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, key)
        )""",
        "CREATE INDEX IF NOT EXISTS ix_idempotency_keys_created_at ON idempotency_keys (created_at)",
    )


def downgrade() -> None:
    """Put the table aside; its rows are kept for the way forward."""
    ddl.park_table("idempotency_keys")
