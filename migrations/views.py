"""Plain views of other programs', moved to the column that takes over, and back.

Nothing of a view's text is parsed: for the length of one short step the columns exchange their names, and
the view is replaced by its own definition. PostgreSQL itself then refuses what would change its columns or
types, and keeps its owner, grants, comments and triggers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

from . import ddl
from .neighbours import DependentsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .neighbours import Dependent

#: The name that the old column has for that moment.
_ASIDE = "ablage_moved_aside"
_DEFINITION = sa.text("""
    SELECT c.oid::regclass::text, rtrim(pg_get_viewdef(c.oid), '; '), array_to_string(c.reloptions, ', ')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relname = :name AND c.relkind = 'v'
""")
_REMEMBER = sa.text("""
    INSERT INTO ablage_migrations.moved_views (schema, name, place, original, moved)
    SELECT n.nspname, c.relname, :place, :original, rtrim(pg_get_viewdef(c.oid), '; ')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relname = :name
    ON CONFLICT (schema, name, place) DO UPDATE SET original = excluded.original, moved = excluded.moved
""")
_MOVED = sa.text(
    "SELECT schema, name, original, moved FROM ablage_migrations.moved_views WHERE place = :place"
)
_FORGET = sa.text("DELETE FROM ablage_migrations.moved_views WHERE place = :place")


def move(dependents: Iterable[Dependent]) -> None:
    """Move views to the column that takes over, each in a step of its own.

    Raises:
        DependentsError: If the view's columns would not stay the same; it stays as it was.
    """
    bind = op.get_bind()
    for one in dependents:
        found = bind.execute(_DEFINITION, {"schema": one.schema, "name": one.name}).first()
        if not one.moves_to or found is None:
            continue
        view, definition, chosen = found
        table, _, column = one.column.partition(".")
        try:
            ddl.step(
                f"ALTER TABLE {table} RENAME COLUMN {column} TO {_ASIDE}",
                f"ALTER TABLE {table} RENAME COLUMN {one.moves_to} TO {column}",
                _replace(view, definition, chosen),
                f"ALTER TABLE {table} RENAME COLUMN {column} TO {one.moves_to}",
                f"ALTER TABLE {table} RENAME COLUMN {_ASIDE} TO {column}",
            )
        except DBAPIError as error:
            why = str(error.orig).partition(">: ")[2] or str(error.orig)
            raise DependentsError(
                f"The view {view} cannot be moved: {why}. Change it by hand.", (one,)
            ) from None
        bind.execute(
            _REMEMBER, {"schema": one.schema, "name": one.name, "place": one.column, "original": definition}
        )


def give_back(place: str) -> None:
    """Let the views that were moved away from a column read it again, unless they were changed since."""
    bind = op.get_bind()
    for schema, name, original, moved in bind.execute(_MOVED, {"place": place}).all():
        found = bind.execute(_DEFINITION, {"schema": schema, "name": name}).first()
        if found is not None and found[1] == moved:
            ddl.step(_replace(found[0], original, found[2]))
    bind.execute(_FORGET, {"place": place})


def _replace(view: str, definition: str, chosen: str | None) -> str:
    options = f" WITH ({chosen})" if chosen else ""
    return f"CREATE OR REPLACE VIEW {view}{options} AS {definition}"
