"""`ablage-server db backup` and `restore`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from server_stub.cli.commands import CommandError
from server_stub.cli.db.shell import DataDir, confirm, database
from server_stub.cli.options import AsJson, DatabaseUrl  # noqa: TC001 - typer reads annotations
from server_stub.cli.output import show, size


def backup(
    directory: Annotated[Path, typer.Argument(help="Where to write it; made when missing.")],
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Save the database while it is in use, and verify what was written by reading all of it.

    Example: ablage-server db backup /var/backups/ablage
    """
    from server_stub.migrations.loop import run_async
    from server_stub.operations.dump.backup import backup as make

    with database(database_url, data_dir) as url:
        file, manifest = run_async(make(url, directory))
    length = file.stat().st_size
    show(
        {"file": str(file), "size": length, **asdict(manifest)},
        as_json=as_json,
        text=f"{file}: {size(length)}, {sum(manifest.rows.values())} rows in {len(manifest.rows)} tables, "
        "read back and verified.",
    )


def restore(
    file: Annotated[Path | None, typer.Argument(help="A file that `backup` wrote.")] = None,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    clean: Annotated[
        bool, typer.Option("--clean", help="Put it in the place of Ablage's tables, which are kept.")
    ] = False,
    bring_back: Annotated[
        str | None, typer.Option(metavar="NAME", help="Undo a restore: exchange what it kept again.")
    ] = None,
    wait: Annotated[
        float, typer.Option(help="Seconds to wait for a migration, and for locks that applications hold.")
    ] = 60,
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Delete what restores kept.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back, all or nothing: beside what is live, compared, then exchanged in a moment.

    What was live is kept until --drop-old; tables of other programs stay as they are. In an empty database
    everything belongs to the role that restores: grant other roles their rights again.

    Example: ablage-server db restore /var/backups/ablage/ablage-v1.0-20250601T101500Z.dump
    """
    if [file is not None, bring_back is not None, drop_old].count(True) != 1:
        raise CommandError("Name one: the file of a backup, --bring-back NAME, or --drop-old.")
    with database(database_url, data_dir, create=file is not None) as url:
        if file is not None:
            _restore(url, file, clean=clean, wait=wait, yes=yes, as_json=as_json)
        elif bring_back is not None:
            _bring_back(url, bring_back, wait=wait, yes=yes, as_json=as_json)
        else:
            _drop_old(url, wait=wait, yes=yes, as_json=as_json)


def _restore(url: str, file: Path, *, clean: bool, wait: float, yes: bool, as_json: bool) -> None:
    from server_stub.migrations.loop import run_async
    from server_stub.operations.dump import restore as operation

    planned = run_async(operation.plan(url, file, replace=clean))
    if planned.live.schema is not None:
        confirm(
            f"Put the backup in the place of {len(planned.live.relations)} tables, which are kept beside it?",
            yes=yes,
        )
    done = run_async(operation.restore(url, planned, patience=wait))
    manifest = planned.manifest
    text = (
        f"Restored: {sum(done.rows.values())} rows in {len(done.rows)} tables; the database is at "
        f"{manifest.release or manifest.revision or 'no revision'}."
    )
    if planned.left_out:
        text += (
            f"\nLeft out, for it is not Ablage's or needs an administrator: {', '.join(planned.left_out)}."
        )
    if done.kept:
        text += (
            f"\nWhat was there is kept in the schema {done.kept}. To exchange both again: "
            f"ablage-server db restore --bring-back {done.kept}\n"
            "To delete it: ablage-server db restore --drop-old"
        )
    show(
        {
            "file": str(file),
            "release": manifest.release,
            "revision": manifest.revision,
            "rows": done.rows,
            "left_out": planned.left_out,
            "kept": done.kept,
        },
        as_json=as_json,
        text=text,
    )


def _bring_back(url: str, name: str, *, wait: float, yes: bool, as_json: bool) -> None:
    from server_stub.migrations.loop import run_async
    from server_stub.operations.dump.restore import bring_back

    confirm(f"Put {name} in the place of what is live, which is kept?", yes=yes)
    kept = run_async(bring_back(url, name, patience=wait))
    show(
        {"brought_back": name, "kept": kept},
        as_json=as_json,
        text=f"{name} is live again. What was live is kept in the schema {kept}.",
    )


def _drop_old(url: str, *, wait: float, yes: bool, as_json: bool) -> None:
    from server_stub.migrations.loop import run_async
    from server_stub.operations.dump.restore import drop_old

    confirm("Delete everything that restores kept?", yes=yes)
    dropped = run_async(drop_old(url, patience=wait))
    show({"dropped": dropped}, as_json=as_json, text=f"Deleted: {', '.join(dropped) or 'nothing was kept'}.")
