"""Figures of migrations for Prometheus: shown on ``/metrics`` and by the node exporter."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from server_stub.migrations.loop import run_async

from ._bookkeeping import connect, install_on
from ._status import read_progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import URL

    from ._bookkeeping import Connection

DURATION = (
    "INSERT INTO ablage_migrations.durations (migration_version, seconds) VALUES ($1, $2) "
    "ON CONFLICT (migration_version) DO UPDATE SET seconds = excluded.seconds, finished_at = now()"
)
ERROR = (
    "INSERT INTO ablage_migrations.errors AS e (migration_version, error_type, errors) VALUES ($1, $2, 1) "
    "ON CONFLICT (migration_version, error_type) DO UPDATE SET errors = e.errors + 1"
)


def record_duration(url: str | URL, migration_version: str, seconds: float) -> None:
    """Record how long a revision took."""
    run_async(_record(url, DURATION, migration_version, seconds))


def record_error(url: str | URL, migration_version: str, error_type: str) -> None:
    """Count an error of a revision.

    Args:
        url: Database address.
        migration_version: The revision.
        error_type: A short word for the kind, such as the name of the exception's class.
    """
    run_async(_record(url, ERROR, migration_version, error_type))


async def _record(url: str | URL, statement: str, *values: object) -> None:
    connection = await connect(url)
    try:
        await install_on(connection)
        await connection.execute(statement, *values)
    finally:
        await connection.close()


def render_metrics(url: str | URL) -> str:
    """Return the figures in Prometheus' text format; empty if nothing was ever migrated.

    ``migration_duration_seconds{migration_version}``,
    ``migration_errors_total{migration_version,error_type}``, and for each data move
    ``migration_rows_moved_total``, ``migration_rows_left`` and ``migration_rows_quarantined`` with the
    labels ``migration_version``, ``move`` and ``direction``.
    """
    return run_async(_render(url))


def write_textfile(url: str | URL, path: Path | str) -> None:
    """Write the figures to a file that the node exporter's textfile collector reads (``*.prom``).

    The file is replaced at once, so that no half-written one is ever collected.
    """
    target = Path(path)
    text = render_metrics(url)
    with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as file:
        file.write(text)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(target)


async def _render(url: str | URL) -> str:
    connection = await connect(url)
    try:
        return await render(connection)
    finally:
        await connection.close()


async def render(connection: Connection) -> str:
    """Return what `render_metrics` does, read with an open connection."""
    if await connection.fetchval("SELECT to_regclass('ablage_migrations.errors') IS NULL"):
        return ""
    durations = await connection.fetch(
        "SELECT migration_version, seconds FROM ablage_migrations.durations ORDER BY 1"
    )
    errors = await connection.fetch(
        "SELECT migration_version, error_type, errors FROM ablage_migrations.errors ORDER BY 1, 2"
    )
    moves = await read_progress(connection)
    labels = [{"migration_version": m.version, "move": m.name, "direction": m.direction} for m in moves]
    families = (
        (
            "migration_duration_seconds",
            "gauge",
            "How long a migration took when it last ran.",
            [({"migration_version": row["migration_version"]}, row["seconds"]) for row in durations],
        ),
        (
            "migration_errors_total",
            "counter",
            "Errors of migrations, retried ones included.",
            [
                (
                    {"migration_version": row["migration_version"], "error_type": row["error_type"]},
                    row["errors"],
                )
                for row in errors
            ],
        ),
        (
            "migration_rows_moved_total",
            "counter",
            "Rows that a data move changed.",
            list(zip(labels, (move.rows_moved for move in moves), strict=True)),
        ),
        (
            "migration_rows_left",
            "gauge",
            "Rows that a data move has not looked at yet.",
            list(zip(labels, (move.rows_left for move in moves), strict=True)),
        ),
        (
            "migration_rows_quarantined",
            "gauge",
            "Rows that a data move set aside.",
            list(zip(labels, (move.quarantined for move in moves), strict=True)),
        ),
    )
    return "".join(_family(*family) for family in families)


def _family(name: str, kind: str, text: str, samples: Sequence[tuple[Mapping[str, str], float]]) -> str:
    if not samples:
        return ""
    lines = [f"{name}{{{_labels(label)}}} {value}\n" for label, value in samples]
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n" + "".join(lines)


def _labels(values: Mapping[str, str]) -> str:
    escaped = {
        key: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        for key, value in values.items()
    }
    return ",".join(f'{key}="{value}"' for key, value in escaped.items())
