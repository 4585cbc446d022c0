"""`ablage-server serve` and `ablage-server worker`."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from server_stub.cli.options import AsJson, DatabaseUrl, DataDir  # noqa: TC001 - typer reads annotations

if TYPE_CHECKING:
    from server_stub.runtime import Runtime
    from server_stub.settings import Settings

AsRelease: TypeAlias = Annotated[
    str | None, typer.Option(help="Release to run as: 1.0 or 2.0. [env: ABLAGE_RELEASE]")
]


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [env: ABLAGE_HOST]")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one. [env: ABLAGE_PORT]")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    api_versions: Annotated[
        str | None, typer.Option(help="Versions to switch on: 1, 2 or 1,2. [env: ABLAGE_API_VERSIONS]")
    ] = None,
    release: AsRelease = None,
    migrate: Annotated[
        bool | None,
        typer.Option("--migrate/--no-migrate", help="Apply migrations first. [env: ABLAGE_AUTO_MIGRATE]"),
    ] = None,
    read_only: Annotated[
        bool | None, typer.Option("--read-only", help="Maintenance: refuse writes. [env: ABLAGE_READ_ONLY]")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes that answer requests; SIGHUP replaces them. [env: ABLAGE_WORKERS]"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the server until Ctrl-C. At the first start it prints an admin API key, once.

    Example: ablage-server serve --port 8000 --data-dir ./data
    """
    from server_stub.observability import logs, tracing
    from server_stub.process import serving, supervisor
    from server_stub.settings import load_settings

    given = {
        "host": host,
        "port": port,
        "data_dir": data_dir,
        "database_url": database_url,
        "api_versions": api_versions,
        "release": release,
        "auto_migrate": migrate,
        "read_only": read_only,
        "workers": workers,
    }
    settings = load_settings(**given)
    logs.configure_for(settings.log_level, settings.log_format)
    tracing.configure()

    def tell(url: str, started: Runtime) -> None:
        _tell(url, settings, started, as_json=as_json)

    try:
        if settings.workers > 1:
            supervisor.run(settings, given, on_ready=tell)
        else:
            serving.run(settings, on_ready=lambda server, started: tell(server.url, started))
    except asyncio.CancelledError:  # stopped while it was still starting
        raise typer.Exit(130) from None


def worker(
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, help="Documents recognised at once. [env: ABLAGE_WORKER_CONCURRENCY]"),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    release: AsRelease = None,
) -> None:
    """Recognise documents until Ctrl-C, beside any number of servers and other workers.

    They share the database and the files: all on one machine and data directory, or with DATABASE_URL and
    ABLAGE_STORAGE_URL set alike on all.

    Example: ablage-server worker --concurrency 4
    """
    import uvloop

    from server_stub.errors import StartupError
    from server_stub.observability import logs, tracing
    from server_stub.settings import load_settings

    settings = load_settings(
        data_dir=data_dir, database_url=database_url, worker_concurrency=concurrency, release=release
    )
    logs.configure_for(settings.log_level, settings.log_format)
    tracing.configure()
    if settings.worker_concurrency < 1:
        raise StartupError(
            "ABLAGE_WORKER_CONCURRENCY is 0 here; start the worker with --concurrency 1 or more."
        )
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(settings))
    except asyncio.CancelledError:
        raise typer.Exit(130) from None


async def _work(settings: Settings) -> None:
    from server_stub import runtime
    from server_stub.jobs import worker as jobs

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with (
        runtime.running(settings) as started,
        jobs.running(started.services, concurrency=settings.worker_concurrency),
    ):
        typer.echo(f"Recognising {settings.worker_concurrency} documents at once. Ctrl-C stops.")
        await stop.wait()


def _tell(url: str, settings: Settings, started: Runtime, *, as_json: bool) -> None:
    versions = ", ".join(f"v{version[0]}" for version in settings.api_versions)
    if started.embedded is not None:
        database = f"embedded PostgreSQL in {started.embedded.directory}"
    else:
        database = started.services.db.url.set(drivername="postgresql").render_as_string()
    if as_json:
        told = {"url": url, "release": settings.release, "api_versions": list(settings.api_versions),
                "data_dir": str(settings.data_dir), "database": database,
                "api_key": started.new_api_key}  # fmt: skip
        typer.echo(json.dumps(told))
        return
    typer.echo(f"Ablage answers at {url} (API {versions}; documentation at {url}/docs). Ctrl-C stops it.")
    typer.echo(f"Files: {settings.storage_url or settings.data_dir / 'files'}")
    typer.echo(f"Database: {database}")
    if started.new_api_key is not None:
        typer.echo(f"Admin API key, shown this once: {started.new_api_key}")
