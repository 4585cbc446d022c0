"""The tables of release 2.0, as SQLAlchemy Core objects.

They describe the schema at ``head``; ``ablage-server db check`` compares them with a real database.
Queries name the columns they need, so the same statement runs at ``v2.0-expand`` (where more columns
exist) and at ``v2.0``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

if TYPE_CHECKING:
    from decimal import Decimal

    from sqlalchemy.sql.elements import ColumnElement

metadata = sa.MetaData()

EMPTY_OBJECT = sa.text("'{}'::jsonb")
NOW = sa.text("now()")
NEW_ID = sa.text("gen_random_uuid()")


class Confidence(sa.types.TypeDecorator["Decimal"]):
    """DECIMAL(5,4), cast on every read and write.

    Between the releases ``v2.0-expand`` and ``v2.0`` the column of this name changes from a float to a
    decimal while the server runs. With the casts one prepared statement serves both.
    """

    impl = sa.Numeric
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(5, 4)

    def bind_expression(self, bindparam: sa.BindParameter[Decimal]) -> ColumnElement[Decimal]:
        """Cast what is written."""
        return sa.cast(bindparam, sa.Numeric(5, 4))

    def column_expression(self, column: ColumnElement[Decimal]) -> ColumnElement[Decimal]:
        """Cast what is read. A float that is no confidence, which old databases may hold, is left out."""
        sensible = column.between(sa.literal_column("0"), sa.literal_column("1"))
        return sa.case((sensible, sa.cast(column, sa.Numeric(5, 4))))


class OcrResult(pg.JSONB):
    """What text recognition found. A type of its own because its format depends on the release."""


def _id() -> sa.Column[object]:
    return sa.Column("id", pg.UUID(as_uuid=True), primary_key=True, server_default=NEW_ID)


def _time(name: str, *, now: bool = False) -> sa.Column[object]:
    if now:
        return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=False, server_default=NOW)
    return sa.Column(name, sa.TIMESTAMP(timezone=True))


def _user_id(*, nullable: bool = False, name: str | None = None) -> sa.Column[object]:
    return sa.Column(
        "user_id",
        pg.UUID(as_uuid=True),
        sa.ForeignKey("users.id", ondelete="CASCADE", name=name),
        nullable=nullable,
    )


users = sa.Table(
    "users",
    metadata,
    _id(),
    sa.Column("email", sa.String(255), nullable=False),
    sa.Column("password_hash", sa.String(255)),
    sa.Column("full_name", sa.String(255)),
    sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("failed_logins", sa.Integer, nullable=False, server_default=sa.text("0")),
    _time("locked_until"),
    _time("created_at", now=True),
    _time("updated_at", now=True),
    sa.UniqueConstraint("email", name="uq_users_email"),
)

roles = sa.Table(
    "roles",
    metadata,
    _id(),
    sa.Column("name", sa.String(50), nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("permissions", pg.JSONB, nullable=False, server_default=EMPTY_OBJECT),
    _time("created_at", now=True),
    _time("updated_at", now=True),
    sa.UniqueConstraint("name", name="uq_roles_name"),
)

user_roles = sa.Table(
    "user_roles",
    metadata,
    sa.Column(
        "user_id", pg.UUID(as_uuid=True), sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column(
        "role_id", pg.UUID(as_uuid=True), sa.ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True
    ),
    _time("assigned_at", now=True),
    sa.Column("assigned_by", pg.UUID(as_uuid=True), sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Index("ix_user_roles_role_id", "role_id"),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    _id(),
    _user_id(),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("prefix", sa.String(24), nullable=False),
    sa.Column("key_hash", sa.String(64), nullable=False),
    sa.Column("scopes", pg.JSONB),
    _time("expires_at"),
    _time("revoked_at"),
    _time("last_used_at"),
    _time("created_at", now=True),
    sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    sa.Index("ix_api_keys_prefix", "prefix"),
    sa.Index("ix_api_keys_user_id", "user_id"),
)

refresh_tokens = sa.Table(
    "refresh_tokens",
    metadata,
    _id(),
    _user_id(),
    sa.Column("family_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("token_hash", sa.String(64), nullable=False),
    _time("expires_at"),
    _time("used_at"),
    _time("revoked_at"),
    _time("created_at", now=True),
    sa.UniqueConstraint("token_hash", name="uq_refresh_tokens_token_hash"),
    sa.Index("ix_refresh_tokens_family_id", "family_id"),
    sa.Index("ix_refresh_tokens_user_id", "user_id"),
)

documents = sa.Table(
    "documents",
    metadata,
    _id(),
    _user_id(name="fk_documents_user_id"),
    sa.Column("filename", sa.String(255), nullable=False),
    sa.Column("storage_key", sa.String(512), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mime_type", sa.String(100), nullable=False),
    sa.Column("sha256", sa.String(64)),
    sa.Column("page_count", sa.Integer),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("document_type", sa.String(50)),
    sa.Column("language", sa.String(10), server_default=sa.text("'de'")),
    sa.Column("ocr_backend", sa.String(50)),
    sa.Column("extracted_text", sa.Text),
    sa.Column("confidence_score", Confidence(), comment="OCR confidence score (0.0-1.0)"),
    sa.Column("ocr_result", OcrResult),
    sa.Column("metadata", pg.JSONB, nullable=False, server_default=EMPTY_OBJECT, key="metadata_"),
    sa.Column("error_code", sa.String(50)),
    sa.Column("error_message", sa.Text),
    _time("created_at", now=True),
    _time("updated_at", now=True),
    _time("completed_at"),
    sa.Index("ix_documents_created_at", "created_at"),
    sa.Index("ix_documents_user_status", "user_id", "status"),
    sa.Index("ix_documents_page", sa.text("created_at DESC"), sa.text("id DESC")),
    sa.Index("ix_documents_user_page", "user_id", sa.text("created_at DESC"), sa.text("id DESC")),
    sa.Index("ix_documents_pending", "created_at", postgresql_where=sa.text("status = 'pending'")),
    sa.Index("ix_documents_metadata", "metadata_", postgresql_using="gin"),
    sa.Index(
        "ix_documents_confidence_score",
        "confidence_score",
        postgresql_where=sa.text("confidence_score IS NOT NULL"),
    ),
    # A tsvector is limited to 1 MB: the text is cut so that a very long document can still be stored.
    # Written as PostgreSQL prints it: Alembic compares the text.
    sa.Index(
        "ix_documents_search",
        sa.text(
            "to_tsvector('german'::regconfig, "
            "(((filename::text || ' '::text) || "
            "translate(filename::text, '._-+,()[]'::text, '         '::text)) || ' '::text) || "
            "left(COALESCE(extracted_text, ''::text), 250000))"
        ),
        postgresql_using="gin",
    ),
)

document_tags = sa.Table(
    "document_tags",
    metadata,
    _id(),
    sa.Column(
        "document_id",
        pg.UUID(as_uuid=True),
        sa.ForeignKey("documents.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("tag", sa.String(100), nullable=False),
    _time("created_at", now=True),
    sa.UniqueConstraint("document_id", "tag", name="uq_document_tag"),
    sa.Index("ix_document_tags_tag", "tag"),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    _id(),
    _user_id(),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("event_types", pg.JSONB, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("previous_secret", sa.Text),
    _time("previous_secret_expires_at"),
    _time("created_at", now=True),
    _time("updated_at", now=True),
    sa.Index("ix_webhooks_user_id", "user_id"),
)

notification_events = sa.Table(
    "notification_events",
    metadata,
    _id(),
    sa.Column("user_id", pg.UUID(as_uuid=True)),
    sa.Column("document_id", pg.UUID(as_uuid=True)),
    sa.Column("event_type", sa.String(50), nullable=False),
    sa.Column("payload", pg.JSONB, nullable=False, server_default=EMPTY_OBJECT),
    _time("created_at", now=True),
    _time("dispatched_at"),
    sa.Index("ix_notification_events_document_id", "document_id"),
    sa.Index(
        "ix_notification_events_undispatched",
        "created_at",
        postgresql_where=sa.text("dispatched_at IS NULL"),
    ),
)

notification_deliveries = sa.Table(
    "notification_deliveries",
    metadata,
    _id(),
    sa.Column(
        "event_id",
        pg.UUID(as_uuid=True),
        sa.ForeignKey("notification_events.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("webhook_id", pg.UUID(as_uuid=True), sa.ForeignKey("webhooks.id", ondelete="CASCADE")),
    sa.Column("status", sa.String(20), nullable=False, server_default=sa.text("'pending'")),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    _time("next_attempt_at"),
    sa.Column("response_status", sa.Integer),
    sa.Column("last_error", sa.Text),
    _time("created_at", now=True),
    _time("delivered_at"),
    sa.Index("ix_notification_deliveries_event_id", "event_id"),
    sa.Index("ix_notification_deliveries_webhook_id", "webhook_id"),
    sa.Index(
        "ix_notification_deliveries_due",
        "next_attempt_at",
        postgresql_where=sa.text("status = 'pending'"),
    ),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    _user_id(),
    sa.Column("key", sa.String(255), nullable=False),
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("status_code", sa.Integer),
    sa.Column("headers", pg.JSONB),
    sa.Column("body", sa.LargeBinary),
    sa.Column("document_id", pg.UUID(as_uuid=True)),
    _time("locked_until"),
    _time("created_at", now=True),
    sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_keys"),
    sa.Index("ix_idempotency_keys_created_at", "created_at"),
)
