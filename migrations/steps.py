"""What surrounds the work of each revision: looking before it, noting it, carrying over what others hold."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from alembic import op

from . import grants, neighbours, preflight, unfinished, views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from alembic.runtime.migration import MigrationContext, RevisionStep
log = logging.getLogger("ablage.migrations")


def watched(plan: Callable[..., Iterable[RevisionStep]]) -> Callable[..., list[RevisionStep]]:
    """Return Alembic's function for the steps of a run, each with what surrounds it.

    Before the first step everything is looked at that could stop one of them.
    """

    def steps(heads: tuple[str, ...], ctx: MigrationContext) -> list[RevisionStep]:
        planned = list(plan(heads, ctx))
        if planned and ctx.connection is not None:
            revisions = [step.revision.revision for step in planned]
            down = not planned[0].is_upgrade
            places = neighbours.leaving(revisions, down=down)
            neighbours.refuse(neighbours.find(ctx.connection, places), moving=_moving(ctx))
            if not down:
                preflight.verify_policies(ctx.connection, revisions)
        for step in planned:
            step.migration_fn = _surrounded(step, step.migration_fn)
        return planned

    return steps


def _moving(ctx: MigrationContext) -> bool:
    chosen = ctx.opts.get("ablage")
    return bool(getattr(chosen, "move_views", 0))


def _surrounded(step: RevisionStep, work: Callable[..., None]) -> Callable[..., None]:
    revision, down = step.revision.revision, not step.is_upgrade

    def run(**given: object) -> None:
        ctx = op.get_context()
        bind = op.get_bind()
        drops = (neighbours.DOWN if down else neighbours.UP).get(revision, ())
        adds = (neighbours.UP if down else neighbours.DOWN).get(revision, ())
        found = neighbours.find(bind, drops)
        neighbours.refuse(found, moving=_moving(ctx), revision=revision)
        with ctx.autocommit_block():
            unfinished.note(bind, revision)
            grants.keep(bind, drops)
        views.move(found)
        work(**given)
        if not (down and step.revision.down_revision is None):  # nothing is left of our schema then
            for place in adds:
                views.give_back(place.place)
            grants.bring_back(bind, [place.place for place in adds])
            for statement in grants.carry_over(bind):
                log.info("carried over: %s", statement)

    return run
