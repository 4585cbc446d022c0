"""Tie documents to their users.

What: the foreign key fk_documents_user_id, ON DELETE CASCADE. Documents whose user does not exist keep their
    user_id: an inactive user with that id is made (missing-<id>@users.invalid).
Why: no document without an owner.
Breaks: deleting a user deletes the user's documents.
Adapt: nothing.

Revision ID: d0e1f2a3b4c5
Revises: c9d0e1f2a3b4
Create Date: 2025-01-21 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "d0e1f2a3b4c5"
down_revision = "c9d0e1f2a3b4"
branch_labels = None
depends_on = None

INSERT_PLACEHOLDERS = """
WITH missing AS (
    INSERT INTO users (id, email, full_name, is_active, created_at, updated_at)
    SELECT d.user_id, 'missing-' || d.user_id || '@users.invalid', 'Owner is missing', false,
        min(d.created_at), min(d.created_at)
    FROM documents d WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = d.user_id)
    GROUP BY d.user_id
    ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO ablage_migrations.placeholder_users (id) SELECT id FROM missing ON CONFLICT DO NOTHING
"""
DELETE_PLACEHOLDERS = """
DELETE FROM users u USING ablage_migrations.placeholder_users p
WHERE u.id = p.id AND NOT u.is_active AND u.email = 'missing-' || u.id || '@users.invalid'
"""
#: Whatever else a user can own by now, in the place it is in at this point of the way back.
OWNED = (
    "api_keys",
    "user_roles",
    *(f"ablage_migrations.{t}" for t in ("refresh_tokens", "webhooks", "idempotency_keys")),
)


def upgrade() -> None:
    """Add the foreign key for new rows, give old rows without an owner one, then check them."""
    ddl.step(
        "ALTER TABLE documents DROP CONSTRAINT IF EXISTS fk_documents_user_id",
        "ALTER TABLE documents ADD CONSTRAINT fk_documents_user_id "
        "FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID",
    )
    with ddl.autocommit():
        ddl.run(INSERT_PLACEHOLDERS)
    ddl.validate("documents", "fk_documents_user_id")


def downgrade() -> None:
    """Drop the foreign key, and the placeholders that nobody has taken over."""
    ddl.step("ALTER TABLE documents DROP CONSTRAINT IF EXISTS fk_documents_user_id")
    with ddl.autocommit():
        unused = [f"NOT EXISTS (SELECT FROM {t} o WHERE o.user_id = u.id)" for t in ddl.existing(*OWNED)]
        ddl.run(" AND ".join([DELETE_PLACEHOLDERS, *unused]))
