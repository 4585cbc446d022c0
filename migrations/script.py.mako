"""${message}

What: describe the change.
Why: describe the reason.
Breaks: what stops working for whom, or "nothing".
Adapt: what programs and operators do about it, or "nothing".

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""

from __future__ import annotations

from server_stub.migrations import ddl
${imports if imports else ""}
<%!
    import json
%>\
revision = ${json.dumps(up_revision)}
down_revision = ${json.dumps(down_revision) if down_revision else None}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Say what changes."""
    ${upgrades if upgrades else 'raise NotImplementedError("Write the upgrade with the steps of server_stub.migrations.ddl")'}


def downgrade() -> None:
    """Say what changes back."""
    ${downgrades if downgrades else 'raise NotImplementedError("Write the downgrade: it must lose nothing")'}
