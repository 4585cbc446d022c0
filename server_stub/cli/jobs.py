"""`ablage-server jobs …`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer

from server_stub.cli.admin import AsJson, DatabaseUrl, DataDir, group, print_row, print_rows, work
from server_stub.jobs.queue import OCR_QUEUE
from server_stub.jobs.schema import SCHEMA
from server_stub.jobs.sweep import DEFAULT_AGE_HOURS, MIN_AGE_HOURS, sweep
from server_stub.jobs.worker import make_app
from server_stub.storage.tables import documents

if TYPE_CHECKING:
    from server_stub.cli.admin import Row
    from server_stub.jobs.sweep import Leftovers
    from server_stub.services.context import Services

app = group()

_LIST = f"""
    SELECT job.id, job.queue_name AS queue, job.task_name AS task, job.status::text, job.attempts,
           job.args->>'document_id' AS document_id, job.scheduled_at, job.worker_id,
           (SELECT min(at) FROM {SCHEMA}.procrastinate_events WHERE job_id = job.id) AS created_at
    FROM {SCHEMA}.procrastinate_jobs AS job
    WHERE (:status::text IS NULL OR job.status::text = :status)
      AND (:queue::text IS NULL OR job.queue_name = :queue)
    ORDER BY job.id DESC LIMIT :limit
"""  # noqa: S608 - a constant
_QUERY = sa.text(_LIST.replace(":status::text", "CAST(:status AS text)").replace(
    ":queue::text", "CAST(:queue AS text)"
))  # fmt: skip
_FAILED = sa.text(
    f"SELECT id FROM {SCHEMA}.procrastinate_jobs WHERE status IN ('failed', 'aborted') "  # noqa: S608
    f"AND queue_name = '{OCR_QUEUE}'"
)


@app.command("list")
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

    async def do(services: Services) -> list[Row]:
        async with services.db.connect() as conn:
            found = await conn.execute(_QUERY, {"status": status, "queue": queue, "limit": limit})
            return [dict(row) for row in found.mappings()]

    print_rows(
        work(do, data_dir=data_dir, database_url=database_url),
        ["id", "queue", "task", "status", "attempts", "document_id", "created_at", "worker_id"],
        as_json=as_json,
        empty="There are no such jobs.",
    )


@app.command("retry")
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

    async def do(services: Services) -> int:
        async with services.db.connect() as conn:
            failed: set[int] = set((await conn.execute(_FAILED)).scalars())
        chosen = failed if all_failed else failed & set(job or [])
        async with make_app(services).open_async() as queue:
            for number in sorted(chosen):
                await _reopen(services, number)
                await queue.job_manager.retry_job_by_id_async(number, retry_at=datetime.now(UTC))
        return len(chosen)

    print_row({"retried": work(do, data_dir=data_dir, database_url=database_url)}, as_json=as_json)


@app.command("sweep")
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

    async def do(services: Services) -> Leftovers:
        hours = older_than or services.settings.sweep_after_hours or DEFAULT_AGE_HOURS
        return await sweep(services, hours=hours, delete=not dry_run)

    found = work(do, data_dir=data_dir, database_url=database_url)
    size = sum(found.files.values())
    if dry_run and not as_json:
        rows = [{"file": key, "size": size} for key, size in found.files.items()]
        rows += [{"file": f"incoming/{name}", "size": None} for name in found.uploads]
        print_rows(rows, ["file", "size"], as_json=False, empty="Every file has its document.")
        return
    row = {"files": len(found.files), "size": size, "uploads": len(found.uploads), "deleted": found.deleted}
    print_row(row | ({"keys": sorted(found.files)} if as_json else {}), as_json=as_json)


async def _reopen(services: Services, number: int) -> None:
    """Make a job's document one that is to be recognised, and the job a fresh one."""
    jobs = sa.table(
        "procrastinate_jobs", sa.column("id"), sa.column("args"), sa.column("attempts"), schema=SCHEMA
    )
    document = sa.select(sa.cast(sa.func.jsonb_extract_path_text(jobs.c.args, "document_id"), sa.Uuid)).where(
        jobs.c.id == number
    )
    async with services.db.begin() as conn:
        await conn.execute(
            sa.update(documents)
            .where(documents.c.id == document.scalar_subquery(), documents.c.status != "completed")
            .values(status="pending", error_code=None, error_message=None, completed_at=None,
                    updated_at=sa.func.clock_timestamp())
        )  # fmt: skip
        await conn.execute(sa.update(jobs).where(jobs.c.id == number).values(attempts=0))
