"""Add the full-text index ix_documents_search.

What: a GIN index over the German stems of file name and text (its first 250 000 characters: a tsvector
    is limited to 1 MB). The name is in it as it is and with blanks for marks, because PostgreSQL takes
    ``scan_rechnung.pdf`` for one word.
Why: documents are found by their words.
Breaks: nothing. On the way back servers of release 2.0, so that it refuses while one is alive.
Adapt: nothing; replace those servers before going back.

Revision ID: f0a1b2c3d4e5
Revises: e9f0a1b2c3d4
Create Date: 2025-06-11 10:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import contract, ddl

revision = "f0a1b2c3d4e5"
down_revision = "e9f0a1b2c3d4"
branch_labels = ("v2.0-expand",)
depends_on = None


def upgrade() -> None:
    """Build the index."""
    ddl.create_index(
        "ix_documents_search",
        "ON documents USING gin (to_tsvector('german'::regconfig, "
        "filename || ' ' || translate(filename, '._-+,()[]', '         ') || ' ' "
        "|| left(coalesce(extracted_text, ''), 250000)))",
    )


def downgrade() -> None:
    """Drop the index, if no server of release 2.0 is alive."""
    contract.leave()
    ddl.drop_index("ix_documents_search")
