"""Baseline: the tables of release 0.9.

What: users, api_keys, documents, ocr_results, notification_events and notification_deliveries.
Why: everything later is a change of these.
Breaks: nothing.
Adapt: nothing; a database that release 0.9 made by other means is taken over with
    ``ablage-server db adopt``.

Revision ID: f6e5d4c3b2a1
Revises:
Create Date: 2025-01-10 09:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "f6e5d4c3b2a1"
down_revision = None
branch_labels = ("v0.9",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    ddl.step(
        """CREATE TABLE IF NOT EXISTS users (
            id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
            email VARCHAR(255) NOT NULL,
            password_hash VARCHAR(255),
            full_name VARCHAR(255),
            role VARCHAR(50),
            is_active BOOLEAN DEFAULT true NOT NULL,
            failed_logins INTEGER DEFAULT 0 NOT NULL,
            locked_until TIMESTAMPTZ,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            CONSTRAINT uq_users_email UNIQUE (email)
        )""",
        """CREATE TABLE IF NOT EXISTS api_keys (
            id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
            user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            name VARCHAR(100) NOT NULL,
            prefix VARCHAR(24) NOT NULL,
            key_hash VARCHAR(64) NOT NULL,
            scopes JSONB,
            expires_at TIMESTAMPTZ,
            revoked_at TIMESTAMPTZ,
            last_used_at TIMESTAMPTZ,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            CONSTRAINT uq_api_keys_key_hash UNIQUE (key_hash)
        )""",
        "CREATE INDEX IF NOT EXISTS ix_api_keys_prefix ON api_keys (prefix)",
        "CREATE INDEX IF NOT EXISTS ix_api_keys_user_id ON api_keys (user_id)",
        """CREATE TABLE IF NOT EXISTS documents (
            id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
            user_id UUID NOT NULL,
            filename VARCHAR(255) NOT NULL,
            storage_key VARCHAR(512) NOT NULL,
            size BIGINT NOT NULL,
            mime_type VARCHAR(100) NOT NULL,
            ocr_text TEXT,
            ocr_result JSONB,
            metadata JSONB DEFAULT '{}'::jsonb NOT NULL,
            error_message TEXT,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            completed_at TIMESTAMPTZ
        )""",
        """CREATE TABLE IF NOT EXISTS ocr_results (
            id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
            document_id UUID NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            engine VARCHAR(50),
            content TEXT,
            score DOUBLE PRECISION,
            result JSONB,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL
        )""",
        "CREATE INDEX IF NOT EXISTS ix_ocr_results_document_id ON ocr_results (document_id, created_at)",
        """CREATE TABLE IF NOT EXISTS notification_events (
            id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
            user_id UUID,
            document_id UUID,
            event_type VARCHAR(50) NOT NULL,
            payload JSONB DEFAULT '{}'::jsonb NOT NULL,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL
        )""",
        "CREATE INDEX IF NOT EXISTS ix_notification_events_document_id ON notification_events (document_id)",
        """CREATE TABLE IF NOT EXISTS notification_deliveries (
            id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
            event_id UUID NOT NULL REFERENCES notification_events (id) ON DELETE CASCADE,
            status VARCHAR(20) DEFAULT 'pending' NOT NULL,
            attempts INTEGER DEFAULT 0 NOT NULL,
            last_error TEXT,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            delivered_at TIMESTAMPTZ
        )""",
        "CREATE INDEX IF NOT EXISTS ix_notification_deliveries_event_id "
        "ON notification_deliveries (event_id)",
    )


def downgrade() -> None:
    """Drop the tables, unless they hold anything: there is no older release to go back to."""
    ddl.refuse_if_any("documents", "users")
    ddl.step(
        "DROP TABLE IF EXISTS notification_deliveries, notification_events",
        "DROP TABLE IF EXISTS ocr_results, documents, api_keys, users CASCADE",
        "DROP SCHEMA IF EXISTS ablage_migrations CASCADE",
    )
