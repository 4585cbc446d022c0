"""`ablage-server db`: migrate a database, look at it, save it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from server_stub.cli.commands import CommandError, group
from server_stub.cli.db import dump, look, moves
from server_stub.cli.db.progress import Steps, moving
from server_stub.cli.db.shell import DataDir, ask, confirm, database, friendly
from server_stub.cli.options import AsJson, DatabaseUrl  # noqa: TC001 - typer reads annotations
from server_stub.cli.output import show
from server_stub.migrations.options import Options
from server_stub.migrations.releases import release_of, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Wait: TypeAlias = Annotated[float, typer.Option(help="Seconds to wait for another migration.")]
LockPatience: TypeAlias = Annotated[
    float, typer.Option(help="Seconds to try for locks that the application holds.")
]
QuietMinutes: TypeAlias = Annotated[
    float,
    typer.Option(min=0, help="How long no server may have been seen that needs what a step would drop."),
]
Chunk: TypeAlias = Annotated[int, typer.Option(help="Rows in one step of a data move; 0: as measured best.")]
Workers: TypeAlias = Annotated[int, typer.Option(min=1, help="Connections that move data at once.")]
Pause: TypeAlias = Annotated[
    float, typer.Option(min=0, help="Seconds to rest after each step of a data move.")
]
MaxLag: TypeAlias = Annotated[
    float, typer.Option(min=0, help="Rest while a replica is this many seconds behind; 0: do not look.")
]
MoveViews: TypeAlias = Annotated[
    bool,
    typer.Option("--move-views", help="Let plain views of other programs read the column that takes over."),
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DEFAULTS = Options()


def upgrade(
    target: Annotated[str, typer.Argument(help="Release or revision: v1.0, v2.0-expand, head, +1.")] = "head",
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    wait: Wait = DEFAULTS.wait,
    lock_patience: LockPatience = DEFAULTS.lock_patience,
    quiet_minutes: QuietMinutes = DEFAULTS.quiet_minutes,
    chunk: Chunk = 0,
    workers: Workers = DEFAULTS.workers,
    pause: Pause = 0,
    max_lag: MaxLag = 0,
    move_views: MoveViews = False,
    as_json: AsJson = False,
) -> None:
    """Bring the database forward, while the application runs.

    Killed at any moment, run again it continues. Several at once do the work once.

    Example: ablage-server db upgrade v2.0-expand
    """
    from server_stub.migrations import commands

    chosen = Options(wait, lock_patience, quiet_minutes, chunk, workers, pause, max_lag, int(move_views))
    with database(database_url, data_dir, create=True) as url:
        _migrate(url, target, commands.upgrade, chosen, as_json=as_json)


def downgrade(
    target: Annotated[str, typer.Argument(help="Release or revision: v2.0-expand, v1.0, v0.9, -1.")],
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    wait: Wait = DEFAULTS.wait,
    lock_patience: LockPatience = DEFAULTS.lock_patience,
    quiet_minutes: QuietMinutes = DEFAULTS.quiet_minutes,
    chunk: Chunk = 0,
    workers: Workers = DEFAULTS.workers,
    pause: Pause = 0,
    max_lag: MaxLag = 0,
    move_views: MoveViews = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take the database back to an older release; nothing that was stored is lost.

    Below v2.0-expand servers of release 2.0 would stop working: it refuses while one is alive.

    Example: ablage-server db downgrade v2.0-expand --yes
    """
    from server_stub.migrations import commands

    chosen = Options(wait, lock_patience, quiet_minutes, chunk, workers, pause, max_lag, int(move_views))
    with database(database_url, data_dir) as url:
        confirm(f"Take the database back to {target}?", yes=yes)
        _migrate(url, target, commands.downgrade, chosen, as_json=as_json)


def _migrate(
    url: str, target: str, direction: Callable[..., None], chosen: Options, *, as_json: bool
) -> None:
    from server_stub.migrations import commands
    from server_stub.migrations.neighbours import DependentsError

    before = commands.current(url)
    observer = Steps(commands.distance(before, target), quiet=as_json)
    with moving(quiet=as_json, each=False) as on_progress:
        try:
            direction(url, target, options=chosen, observer=observer, on_progress=on_progress)
        except DependentsError as error:
            if as_json:
                show({"in_the_way": [one.as_json() for one in error.dependents]}, as_json=True, text="")
            raise
    after = commands.current(url)
    where = after if after is None else (release_of(after) or after)
    result = {"before": before, "after": after, "release": release_of(after or ""), "steps": observer.done}
    show(
        result,
        as_json=as_json,
        text=f"The database is at {where or 'base'}."
        if observer.done
        else f"Nothing to do: it is at {where}.",
    )


def stamp(
    target: Annotated[str, typer.Argument(help="Release or revision that the database is at.")],
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Note a release as the current one without running anything. Usually `adopt` is what you want.

    Example: ablage-server db stamp v1.0 --yes
    """
    from server_stub.migrations import commands

    with database(database_url, data_dir) as url:
        confirm(f"Note {target} as the current release without looking at the tables?", yes=yes)
        commands.stamp(url, target)
        show({"stamped": resolve(target)}, as_json=as_json, text=f"Noted: the database is at {target}.")


def adopt(
    database_url: DatabaseUrl = None, data_dir: DataDir = None, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Take over a database that was made without migrations: recognise its release, and note it.

    Example: ablage-server db adopt --database-url postgresql://ablage@db/ablage --yes
    """
    from server_stub.migrations import catalog, commands

    with database(database_url, data_dir) as url:
        revision = commands.current(url)
        if revision is not None:
            raise CommandError(
                f"Nothing to adopt: the database is already at {release_of(revision) or revision}."
            )
        release, differences = catalog.recognize(ask(url, catalog.read))
        if differences:
            listed = "".join(f"\n  - {difference}" for difference in differences[:20])
            more = f"\n  and {len(differences) - 20} more" if len(differences) > 20 else ""  # noqa: PLR2004
            raise CommandError(
                f"The database is none of the releases. The nearest is {release}, except for:{listed}{more}\n"
                f"Put these right and run it again, or, if you are sure: ablage-server db stamp {release}"
            )
        confirm(f"This is the database of release {release}. Take it over?", yes=yes)
        commands.stamp(url, release)
        show({"release": release}, as_json=as_json, text=f"Taken over: the database is at {release}.")


_COMMANDS: Mapping[str, Callable[..., None]] = {
    "upgrade": upgrade,
    "downgrade": downgrade,
    "stamp": stamp,
    "adopt": adopt,
    "current": look.current,
    "history": look.history,
    "show": look.show_revision,
    "plan": look.plan_migration,
    "check": look.check,
    "sql": look.sql,
    "revision": look.revision,
    "catalog": look.read_catalog,
    "backfill": moves.backfill,
    "status": moves.status,
    "metrics": moves.metrics,
    "backup": dump.backup,
    "restore": dump.restore,
}

app = group(
    {name: friendly(command) for name, command in _COMMANDS.items()},
    text="Migrate and check the database.",
    signed=["downgrade"],
)
