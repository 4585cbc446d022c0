"""`ablage-server db` commands that look and change nothing in the database."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server_stub.cli.commands import CommandError
from server_stub.cli.db.shell import DataDir, ask, database
from server_stub.cli.options import AsJson, DatabaseUrl  # noqa: TC001 - typer reads annotations
from server_stub.cli.output import print_rows, show, size
from server_stub.migrations.errors import UnknownRevisionError
from server_stub.migrations.releases import RELEASES, release_of, resolve

if TYPE_CHECKING:
    from alembic.script import Script
    from sqlalchemy import Connection

    from server_stub.migrations.neighbours import Dependent
    from server_stub.migrations.ownership import Found
    from server_stub.migrations.plan import Plan

_GIB = 1024**3


def current(database_url: DatabaseUrl = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Tell which release and revision the database is at, and which servers can work on it.

    Example: ablage-server db current
    """
    from server_stub.migrations import guard, ownership

    with database(database_url, data_dir) as url:
        found = ask(url, lambda connection: connection.run_sync(ownership.find))
    revision = found.revision
    servers = []
    for release in guard.SUPPORTED:
        try:
            guard.check(revision, release=release)
        except guard.IncompatibleSchemaError:
            continue
        servers.append(release)
    at = release_of(revision or "")
    text = "no revision" if revision is None else f"{revision} ({at or _place(found)})"
    show(
        {"revision": revision, "release": at, "servers": servers},
        as_json=as_json,
        text=f"{text}; servers that work on it: {', '.join(servers) or 'none'}",
    )


def _known(revision: str) -> bool:
    from server_stub.migrations import commands

    return any(step.revision == revision for step in commands.script().walk_revisions())


def _place(found: Found) -> str:
    if found.known:
        return "between two releases"
    return "of a newer release" if found.remembered else "of another program"


def history(as_json: AsJson = False) -> None:
    """List all revisions, oldest first.

    Example: ablage-server db history
    """
    from server_stub.migrations import commands

    steps = list(commands.script().walk_revisions())[::-1]
    header = ("revision", "release", "date", "what")
    rows = [
        dict(zip(header, (step.revision, release_of(step.revision), Path(step.path).stem[:8], step.doc),
                 strict=True))
        for step in steps
    ]  # fmt: skip
    print_rows(rows, header, as_json=as_json, empty="", missing="")


def show_revision(
    revision: Annotated[str, typer.Argument(help="Release or revision.")], as_json: AsJson = False
) -> None:
    """Show what a revision changes, why, what it breaks and how to adapt.

    Example: ablage-server db show v1.0
    """
    step = _find(revision)
    show(
        {"revision": step.revision, "release": release_of(step.revision), "text": step.longdoc},
        as_json=as_json,
        text=(step.longdoc or "").strip(),
    )


def _find(revision: str) -> Script:
    from server_stub.migrations import commands

    found = next((s for s in commands.script().walk_revisions() if s.revision == resolve(revision)), None)
    if found is None:
        raise UnknownRevisionError(
            f"There is no revision {revision!r}. Releases: {', '.join(RELEASES)}. "
            "Revisions: ablage-server db history"
        )
    return found


def plan_migration(
    target: Annotated[str, typer.Argument(help="Release or revision to go to, newer or older.")] = "head",
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    free_gib: Annotated[
        float | None, typer.Option(help="Free space on the database's disk, if it is on another machine.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what an upgrade or downgrade would do: statements, locks, rows, disk.

    Ends with 1 when space is short or something of another program is in the way.

    Example: ablage-server db plan v2.0-expand
    """
    from server_stub.migrations import neighbours, plan

    free = None if free_gib is None else int(free_gib * _GIB)
    with database(database_url, data_dir) as url:
        made = ask(url, lambda connection: plan.make(connection, target, free_bytes=free))
    show(made.as_json(), as_json=as_json, text=_plan_text(made))
    neighbours.refuse(list(made.in_the_way), moving=False)
    if not made.fits:
        raise CommandError(
            f"It may take {size(made.disk_bytes)}, and {size(made.free_bytes or 0)} are free. "
            "Make room first."
        )


def _plan_text(made: Plan) -> str:
    lines = [f"From {release_of(made.start or '') or made.start or 'an empty database'} to {made.target}:"]
    for step in made.steps:
        lines.append(f"\n{step.revision}  {step.title}" + (f"  [{step.release}]" if step.release else ""))
        if not step.breaks.startswith("nothing"):
            lines.append(f"    breaks: {step.breaks}")
        for statement in step.statements:
            on = f" on {statement.table}" if statement.table else ""
            facts = [statement.lock and f"{statement.lock}{on}"]
            facts += [f"{statement.rows} rows" if statement.rows is not None else None]
            facts += [f"~{size(statement.wal_bytes)} log" if statement.wal_bytes else None]
            told = ", ".join(fact for fact in facts if fact)
            lines.append(f"    {_shorten(statement.sql)}" + (f"\n        {told}" if told else ""))
    free = "unknown (--free-gib tells it)" if made.free_bytes is None else size(made.free_bytes)
    disk = f"disk at most: {size(made.disk_bytes)}; free: {free}"
    lines += [
        "",
        "A strong lock is asked for with a limit of 50 ms, again and again, so nobody waits longer for it.",
        f"Estimated write-ahead log: {size(made.wal_bytes)}; {disk}.",
    ]
    return "\n".join(lines if made.steps else ["Nothing to do."])


def _shorten(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= 100 else f"{line[:97]}..."  # noqa: PLR2004 - one line of a terminal


def check(
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    release: Annotated[str | None, typer.Option(help="Compare with this release.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Objects of other programs count as differences too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the database with what its release left behind; ends with 1 when something of it differs.

    Tables, columns, types, defaults, indexes (keys, predicate, method, operator class, validity),
    constraints (text, NOT VALID), triggers, and rights that roles lack on what replaced a table. What other
    programs made is listed as not ours, with what it needs that a later release drops.

    Example: ablage-server db check
    """
    from server_stub.migrations import catalog, commands, grants, ownership, unfinished

    with database(database_url, data_dir) as url:
        revision = commands.current(url)
        if revision is not None and not _known(revision) and release is None:
            ask(url, lambda connection: connection.run_sync(ownership.verify))
        found = ask(url, catalog.read)
        begun = ask(url, lambda connection: connection.run_sync(unfinished.read))
        needs = ask(url, lambda connection: connection.run_sync(_dropped_later, revision))
        lacking = ask(url, lambda connection: connection.run_sync(grants.missing))
    name = release if release is None or release.startswith("v") else f"v{release}"
    name = name or release_of(revision or "")
    if name is None:
        if revision is None:
            what = "has no revision: find out what it is with ablage-server db adopt"
        else:
            what = f"is at {revision}, between two releases: finish the migration (ablage-server db upgrade)"
        raise CommandError(f"The database {what}, or name a release with --release.")
    if name not in RELEASES:
        raise CommandError(f"There is no release {name!r}, only {', '.join(RELEASES)}.")
    every = catalog.compare(catalog.stored(name), found)
    others = [] if strict else catalog.not_ours(every)
    differences = [difference for difference in every if difference not in others]
    told = [*map(str, differences), *(f"missing right: {statement}" for statement in lacking)]
    if begun is not None:
        told.append(
            f"begun, not recorded: revision {begun}; ablage-server db upgrade or downgrade finishes it"
        )
    told = told or [f"The database is exactly that of release {name}."]
    told += [f"not ours: {difference.kind.removeprefix('extra ')} {difference.name}" for difference in others]
    told += [f"not ours, and in the way of a later release: {dependent}" for dependent in needs]
    show(
        {
            "release": name,
            "differences": [difference.as_json() for difference in differences],
            "not_ours": [difference.as_json() for difference in others],
            "in_the_way_later": [dependent.as_json() for dependent in needs],
            "missing_rights": lacking,
            "unfinished": begun,
        },
        as_json=as_json,
        text="\n".join(told),
    )
    wrong = len(differences) + len(lacking) + (begun is not None) + len(needs) * strict
    if wrong:
        raise CommandError(f"{wrong} differences from release {name}.")


def _dropped_later(connection: Connection, revision: str | None) -> list[Dependent]:
    from server_stub.migrations import commands, neighbours

    steps = [step.revision for step in commands.script().walk_revisions()][::-1]
    later = steps[steps.index(revision) + 1 :] if revision in steps else []
    return neighbours.find(connection, neighbours.leaving(later, down=False))


def read_catalog(database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Print the catalog of the database as JSON, in the form in which releases are stored.

    Example: ablage-server db catalog > catalog.json
    """
    from server_stub.migrations import catalog

    with database(database_url, data_dir) as url:
        found = ask(url, catalog.read)
    show(found, as_json=True, text="")


def sql(
    target: Annotated[str, typer.Argument(help="Release or revision to go to, newer or older.")] = "head",
    start: Annotated[
        str | None, typer.Option("--from", help="Release or revision the database is at; without: empty.")
    ] = None,
) -> None:
    """Print all statements as a script, for those who run SQL by other means. It stops where data is to move.

    Example: ablage-server db sql v2.0-expand --from v1.0 > upgrade.sql
    """
    from server_stub.migrations import commands

    typer.echo(commands.offline_sql(start, target))


def revision(
    message: Annotated[str, typer.Option("--message", "-m", help="What the revision does, in a few words.")],
    directory: Annotated[
        Path | None, typer.Option(help="Where to write it; without: beside the bundled ones.")
    ] = None,
) -> None:
    """Write an empty revision after the newest one, named {yyyymmdd}_{description}.py.

    Example: ablage-server db revision -m "add documents.folder"
    """
    from alembic import command

    from server_stub.migrations import commands

    slug = "_".join(re.findall(r"[a-z0-9]+", message.lower()))
    if not slug:
        raise CommandError("The message needs letters or digits: they become the name of the file.")
    if "\\" in message or '"""' in message:
        raise CommandError('The message begins the docstring of the file: leave out backslashes and """.')
    made = commands.config()
    made.set_main_option("file_template", f"{datetime.now(UTC):%Y%m%d}_%(slug)s".replace("%(", "%%("))
    made.set_main_option("truncate_slug_length", "60")
    made.set_main_option("path_separator", "newline")
    where = (directory or commands.HERE / "versions").resolve()
    if not where.is_dir():
        raise CommandError(f"There is no directory {where}. Make it first.")
    folders = dict.fromkeys(map(str, [(commands.HERE / "versions").resolve(), where]))
    made.set_main_option("version_locations", "\n".join(folders).replace("%", "%%"))
    written = command.revision(made, message, version_path=str(where))
    if written is None or isinstance(written, list):
        raise CommandError("No revision was written.")
    typer.echo(written.path)
