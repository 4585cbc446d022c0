"""`ablage-server jobs …`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from server_stub.cli.commands import group
from server_stub.cli.options import AsJson, DatabaseUrl, DataDir  # noqa: TC001 - typer reads annotations
from server_stub.cli.output import print_row, print_rows
from server_stub.jobs.limits import DEFAULT_AGE_HOURS, MIN_AGE_HOURS

if TYPE_CHECKING:
    from server_stub.jobs.sweep import Leftovers
    from server_stub.services.access import Actor
    from server_stub.services.context import Services


def list_jobs(
    status: Annotated[
        str | None, typer.Option(help="Only todo, doing, succeeded, failed, cancelled or aborted ones.")
    ] = None,
    queue: Annotated[str | None, typer.Option(help="Only those of the queue ocr, or upkeep.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List background jobs, the newest first. Jobs that succeeded are deleted at once.

    Example: ablage-server jobs list --status failed
    """
    from server_stub.cli.services import call
    from server_stub.services import jobs

    rows = call(partial(jobs.list_jobs, status=status, queue=queue, limit=limit), data_dir, database_url)
    print_rows(
        rows,
        ["id", "queue", "task", "status", "attempts", "document_id", "created_at", "worker_id"],
        as_json=as_json,
        empty="There are no such jobs.",
    )


def retry_jobs(
    job: Annotated[list[int] | None, typer.Argument(help="Numbers of failed jobs.")] = None,
    all_failed: Annotated[bool, typer.Option("--all-failed", help="All failed jobs.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Do failed jobs again. Their documents are pending until then.

    Example: ablage-server jobs retry --all-failed
    """
    if bool(job) == all_failed:
        raise typer.BadParameter("Give numbers of jobs, or --all-failed.")
    from server_stub.cli.services import call
    from server_stub.services import jobs

    count = call(partial(jobs.retry, numbers=None if all_failed else job), data_dir, database_url)
    print_row({"retried": count}, as_json=as_json)


def sweep_files(
    older_than: Annotated[
        float | None,
        typer.Option(
            min=MIN_AGE_HOURS, help="Hours that a file must be old. [env: ABLAGE_SWEEP_AFTER_HOURS]"
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Delete nothing; list what would be.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete stored files that no document has: what crashes left behind. The server does so every night.

    Example: ablage-server jobs sweep --dry-run
    """
    from server_stub.cli.services import call
    from server_stub.jobs.sweep import sweep

    async def look(services: Services, _operator: Actor) -> Leftovers:
        hours = older_than or services.settings.sweep_after_hours or DEFAULT_AGE_HOURS
        return await sweep(services, hours=hours, delete=not dry_run)

    found = call(look, data_dir, database_url)
    size = sum(found.files.values())
    if dry_run and not as_json:
        rows = [{"file": key, "size": size} for key, size in found.files.items()]
        rows += [{"file": f"incoming/{name}", "size": None} for name in found.uploads]
        print_rows(rows, ["file", "size"], as_json=False, empty="Every file has its document.")
        return
    row = {"files": len(found.files), "size": size, "uploads": len(found.uploads), "deleted": found.deleted}
    print_row(row | ({"keys": sorted(found.files)} if as_json else {}), as_json=as_json)


app = group({"list": list_jobs, "retry": retry_jobs, "sweep": sweep_files})
