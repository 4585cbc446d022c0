"""Split users.role into roles and user_roles.

What: the tables roles (admin, user, viewer with fixed ids) and user_roles; each user's role is carried over
    and kept equal by triggers. An unknown role becomes a role of that name without permissions.
Why: a user can have several roles, and a role names its permissions.
Breaks: nothing: users.role stays until release 2.0.
Adapt: nothing.

Revision ID: c3d4e5f6a7b8
Revises: b2c3d4e5f6a7
Create Date: 2025-01-17 12:00:00.000000
"""

from __future__ import annotations

from server_stub.migrations import ddl, triggers

revision = "c3d4e5f6a7b8"
down_revision = "b2c3d4e5f6a7"
branch_labels = None
depends_on = None

INSERT_ROLES = """
INSERT INTO roles (id, name, description, permissions) VALUES
    ('a1111111-1111-1111-1111-111111111111', 'admin', 'Administrator with full access',
     '{"documents": ["create", "read", "update", "delete"], "users": ["create", "read", "update", "delete"],
       "settings": ["read", "update"], "analytics": ["read"]}'),
    ('b2222222-2222-2222-2222-222222222222', 'user', 'Regular user with standard access',
     '{"documents": ["create", "read", "update", "delete"], "users": ["read"], "settings": ["read"],
       "analytics": ["read"]}'),
    ('c3333333-3333-3333-3333-333333333333', 'viewer', 'Read-only access',
     '{"documents": ["read"], "users": [], "settings": ["read"], "analytics": ["read"]}')
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Create both tables and carry the roles over."""
    ddl.unpark_table("roles")
    ddl.unpark_table("user_roles")
    ddl.step(
        """CREATE TABLE IF NOT EXISTS roles (
            id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
            name VARCHAR(50) NOT NULL,
            description TEXT,
            permissions JSONB DEFAULT '{}'::jsonb NOT NULL,
            created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            CONSTRAINT uq_roles_name UNIQUE (name)
        )""",
        """CREATE TABLE IF NOT EXISTS user_roles (
            user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            role_id UUID NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
            assigned_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            assigned_by UUID REFERENCES users (id) ON DELETE SET NULL,
            PRIMARY KEY (user_id, role_id)
        )""",
        "CREATE INDEX IF NOT EXISTS ix_user_roles_role_id ON user_roles (role_id)",
        INSERT_ROLES,
    )
    ddl.step(*triggers.ROLES.install)
    ddl.move("roles")


def downgrade() -> None:
    """Put both tables aside, all or none; users.role still names everybody's role."""
    ddl.undone("roles")
    ddl.step(*triggers.ROLES.remove, *ddl.parking("user_roles", "roles"))
