"""Create document_tags.

What: one row for each tag of a document; a document has a tag once.
Why: documents can be found by tag.
Breaks: nothing.
Adapt: nothing.

Revision ID: b8c9d0e1f2a3
Revises: a7b8c9d0e1f2
Create Date: 2025-01-20 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl

revision = "b8c9d0e1f2a3"
down_revision = "a7b8c9d0e1f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, or bring it back."""
    ddl.unpark_table("document_tags")
    ddl.step(
        """CREATE TABLE IF NOT EXISTS document_tags (
            id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
            document_id UUID NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            tag VARCHAR(100) NOT NULL,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            CONSTRAINT uq_document_tag UNIQUE (document_id, tag)
        )""",
        "CREATE INDEX IF NOT EXISTS ix_document_tags_tag ON document_tags (tag)",
    )


def downgrade() -> None:
    """Put the table aside; its rows are kept for the way forward."""
    ddl.park_table("document_tags")
