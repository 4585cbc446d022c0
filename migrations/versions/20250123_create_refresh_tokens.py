"""Create refresh_tokens.

What: refresh tokens by hash, in families: using one twice revokes its family.
Why: a login outlives its access token and can be revoked.
Breaks: nothing.
Adapt: nothing.

Revision ID: c5d6e7f8a9b0
Revises: b4c5d6e7f8a9
Create Date: 2025-01-23 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "c5d6e7f8a9b0"
down_revision = "b4c5d6e7f8a9"
branch_labels = ("v1.0",)
depends_on = None


def upgrade() -> None:
    """Create the table, or bring it back."""
    ddl.unpark_table("refresh_tokens")
    ddl.step(
        """CREATE TABLE IF NOT EXISTS refresh_tokens (
            id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
            user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            family_id UUID NOT NULL,
            token_hash VARCHAR(64) NOT NULL,
            expires_at TIMESTAMPTZ,
            used_at TIMESTAMPTZ,
            revoked_at TIMESTAMPTZ,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            CONSTRAINT uq_refresh_tokens_token_hash UNIQUE (token_hash)
        )""",
        "CREATE INDEX IF NOT EXISTS ix_refresh_tokens_family_id ON refresh_tokens (family_id)",
        "CREATE INDEX IF NOT EXISTS ix_refresh_tokens_user_id ON refresh_tokens (user_id)",
    )


def downgrade() -> None:
    """Put the table aside; its rows are kept for the way forward."""
    ddl.park_table("refresh_tokens")
