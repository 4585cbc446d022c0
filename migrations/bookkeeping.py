"""The schema ``ablage_migrations``: what migrations remember between two runs.

It is no part of the application's schema: it is created before the first revision runs and stays when
the last one is undone, because it holds the values that only the way back needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA = "ablage_migrations"

#: Idempotent: they run before every migration.
STATEMENTS = (
    f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
    f"""CREATE TABLE IF NOT EXISTS {SCHEMA}.heartbeats (
        instance_id TEXT PRIMARY KEY,
        release TEXT NOT NULL,
        host TEXT,
        pid INTEGER,
        started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
        seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),
        wrote_at TIMESTAMPTZ
    )""",
)


def ensure(connection: Connection) -> None:
    """Create what is missing."""
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
    connection.commit()
