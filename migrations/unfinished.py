"""The revision that is under way, noted before its work begins and forgotten with its record.

A run that is killed in between leaves a database at one revision with a part of another. The note says which,
so the next run begins there: upgrades do its work again, downgrades undo it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from . import commands

if TYPE_CHECKING:
    from sqlalchemy import Connection

_READ = sa.text("SELECT revision FROM ablage_migrations.unfinished")
_NOTE = sa.text(
    "INSERT INTO ablage_migrations.unfinished (revision) VALUES (:revision) "
    "ON CONFLICT (one) DO UPDATE SET revision = excluded.revision, since = now()"
)
_FORGET = sa.text("DELETE FROM ablage_migrations.unfinished")


def read(connection: Connection) -> str | None:
    """Return the revision whose work was begun and not recorded."""
    if not connection.scalar(sa.text("SELECT to_regclass('ablage_migrations.unfinished') IS NOT NULL")):
        return None
    found: str | None = connection.scalar(_READ)
    return found


def note(connection: Connection, revision: str) -> None:
    """Note that the work of a revision begins. The caller commits."""
    connection.execute(_NOTE, {"revision": revision})


def forget(connection: Connection) -> None:
    """Forget it, in the transaction that records the revision."""
    if connection.scalar(sa.text("SELECT to_regclass('ablage_migrations.unfinished') IS NOT NULL")):
        connection.execute(_FORGET)


def take_up(connection: Connection, *, down: bool) -> None:
    """Record where a run that was killed has to be taken up, if one was. It commits.

    Args:
        connection: Leads to the database.
        down: Whether the database is about to go back: then what was begun counts as done, so that it is
            undone; otherwise as not done, so that it is done again.
    """
    begun = read(connection)
    known = {step.revision: step.down_revision for step in commands.script().walk_revisions()}
    if begun is None or begun not in known:
        return
    below = known[begun]
    exists = connection.scalar(sa.text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    at = connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if exists else None
    if at not in {begun, below}:
        forget(connection)  # it was stamped or restored since
    elif down and at == below and exists:
        if at is None:
            connection.execute(sa.text("INSERT INTO alembic_version VALUES (:to)"), {"to": begun})
        else:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :to"), {"to": begun})
    elif not down and at == begun:
        if below is None:
            connection.execute(sa.text("DELETE FROM alembic_version"))
        else:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :to"), {"to": below})
    connection.commit()
