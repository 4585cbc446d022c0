"""The schema ``ablage_migrations``: what migrations remember between two runs.

It is no part of the application's schema: it is created before the first revision runs and stays when
the last one is undone, because it holds the values that only the way back needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from . import backfills

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA = "ablage_migrations"

#: For the statements below: everyone's sessions touch these tables, briefly.
LIMITS = ("SET LOCAL lock_timeout = '5s'", "SET LOCAL statement_timeout = '30s'")

_TABLES = (
    f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
    # Which server instances of which release are alive; see heartbeats.py.
    f"""CREATE TABLE IF NOT EXISTS {SCHEMA}.heartbeats (
        instance_id TEXT PRIMARY KEY,
        release TEXT NOT NULL,
        host TEXT,
        pid INTEGER,
        started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
        seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),
        wrote_at TIMESTAMPTZ
    )""",
    # The application works under a role of its own, whose servers note themselves and whose statements fire
    # the triggers.
    f"GRANT USAGE ON SCHEMA {SCHEMA} TO PUBLIC",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.heartbeats TO PUBLIC",
    # Whoever's statements fire the triggers runs their functions, also where new functions are for nobody.
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
    # The revision that is under way; see unfinished.py.
    f"""CREATE TABLE IF NOT EXISTS {SCHEMA}.unfinished (
        one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
        revision TEXT NOT NULL,
        since TIMESTAMPTZ NOT NULL DEFAULT now()
    )""",
    # Views of other programs that read another column now; see views.py.
    f"""CREATE TABLE IF NOT EXISTS {SCHEMA}.moved_views (
        schema TEXT,
        name TEXT,
        place TEXT,
        original TEXT NOT NULL,
        moved TEXT NOT NULL,
        PRIMARY KEY (schema, name, place)
    )""",
    # Comments of and rights on columns that were dropped; see grants.py.
    f"""CREATE TABLE IF NOT EXISTS {SCHEMA}.column_extras (
        place TEXT PRIMARY KEY,
        comment TEXT,
        grants TEXT[] NOT NULL
    )""",
    # Users that were made so that documents without one could keep their foreign key.
    f"""CREATE TABLE IF NOT EXISTS {SCHEMA}.placeholder_users (
        id UUID PRIMARY KEY
    )""",
)


def statements() -> tuple[str, ...]:
    """Return the statements that create it; they are idempotent and run before every migration."""
    return (*_TABLES, *backfills.statements("bookkeeping"))


#: How long a revision took when it last ran; shown by ``ablage-server db metrics``.
_DURATION = sa.text(
    "INSERT INTO ablage_migrations.durations (migration_version, seconds) VALUES (:revision, :seconds) "
    "ON CONFLICT (migration_version) DO UPDATE SET seconds = excluded.seconds, finished_at = now()"
)


def record_duration(connection: Connection, revision: str, seconds: float) -> None:
    """Note how long a revision took, in its own transaction."""
    if connection.scalar(sa.text(f"SELECT to_regclass('{SCHEMA}.durations') IS NOT NULL")):
        connection.execute(_DURATION, {"revision": revision, "seconds": seconds})


def ensure(connection: Connection) -> None:
    """Create what is missing."""
    for statement in (*LIMITS, *statements()):
        connection.exec_driver_sql(statement)
    connection.commit()
