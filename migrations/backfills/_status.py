"""How far data moves are, read from what they recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from server_stub.migrations.loop import run_async

from ._bookkeeping import connect

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import URL

    from ._bookkeeping import Connection
    from ._moves import Direction

State: TypeAlias = Literal["running", "paused", "throttled", "sweeping", "stopped", "done"]

#: Over how many seconds the rate is measured.
WINDOW = 10.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one move is.

    Attributes:
        name: Name of the move.
        direction: ``"up"`` or ``"down"``.
        version: The revision it belongs to.
        state: ``running``; ``paused`` by the pause file; ``throttled`` because a replica lags behind;
            ``sweeping``: all chunks are done, rows written in between are looked at; ``stopped``: unfinished
            and nobody is working on it (run it again and it continues); ``done``.
        rows_done: Keys looked at so far.
        rows_left: Keys not looked at yet.
        rows_moved: Rows changed.
        quarantined: Rows set aside, see `quarantined`.
        rows_per_second: Over the last ten seconds; 0 when nobody is working.
        eta: Seconds until it is done at this rate, if that can be told.
        seconds: How long it has been worked on altogether.
    """

    name: str
    direction: Direction
    version: str
    state: State
    rows_done: int
    rows_left: int
    rows_moved: int
    quarantined: int
    rows_per_second: float
    eta: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that could not be converted, and why.

    Attributes:
        move: Name of the move.
        direction: The direction it was set aside in.
        table: Its table.
        row_id: Its key.
        reason: What was wrong, for people.
        value: The JSON text that was taken out of the row, if it was; the way back puts it in again.
        noticed_at: When.
    """

    move: str
    direction: Direction
    table: str
    row_id: UUID
    reason: str
    value: str | None
    noticed_at: datetime


def status(url: str | URL) -> list[Progress]:
    """Return how far every move is that was ever started, oldest first."""
    return run_async(_status(url))


def quarantined(url: str | URL, name: str | None = None, *, limit: int = 1000) -> list[Quarantined]:
    """Return rows that were set aside, of one move or of all."""
    return run_async(_quarantined(url, name, limit))


_PROGRESS = """
    SELECT m.name, m.direction, m.migration_version, m.done, m.seconds,
        coalesce(sum(c.rows_done), 0)::bigint AS rows_done,
        coalesce(sum(greatest(c.rows - c.rows_done, 0)) FILTER (WHERE NOT c.done), 0)::bigint AS rows_left,
        coalesce(sum(c.moved), 0)::bigint AS moved,
        coalesce(sum(c.rows_done) FILTER (WHERE c.touched_at > clock_timestamp() - interval '10 s'), 0)
            ::bigint AS recent,
        extract(epoch FROM clock_timestamp() - max(c.touched_at))::float8 AS idle,
        coalesce(bool_and(c.done), true) AS chunks_done,
        (SELECT count(*) FROM ablage_migrations.quarantine AS q WHERE q.move = m.name) AS quarantined
    FROM ablage_migrations.moves AS m LEFT JOIN ablage_migrations.chunks AS c ON c.move = m.name
    WHERE m.name = coalesce($1, m.name)
    GROUP BY m.name ORDER BY m.started_at
"""


async def read_progress(connection: Connection, name: str | None = None) -> list[Progress]:
    """Read how far one move is, or all."""
    return [
        Progress(
            name=row["name"],
            direction=row["direction"],
            version=row["migration_version"],
            state=_state(done=row["done"], chunks_done=row["chunks_done"], idle=row["idle"]),
            rows_done=row["rows_done"],
            rows_left=row["rows_left"],
            rows_moved=row["moved"],
            quarantined=row["quarantined"],
            rows_per_second=(
                rate := 0.0 if row["done"] else row["recent"] / min(WINDOW, max(row["seconds"], 0.5))
            ),
            eta=0.0 if row["done"] else (row["rows_left"] / rate if rate else None),
            seconds=row["seconds"],
        )
        for row in await connection.fetch(_PROGRESS, name)
    ]


def _state(*, done: bool, chunks_done: bool, idle: float | None) -> State:
    if done:
        return "done"
    if idle is None or idle > WINDOW:
        return "stopped"
    return "sweeping" if chunks_done else "running"


async def _status(url: str | URL) -> list[Progress]:
    connection = await connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('ablage_migrations.moves') IS NULL"):
            return []
        return await read_progress(connection)
    finally:
        await connection.close()


async def _quarantined(url: str | URL, name: str | None, limit: int) -> list[Quarantined]:
    connection = await connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('ablage_migrations.quarantine') IS NULL"):
            return []
        rows = await connection.fetch(
            "SELECT move, direction, table_name, row_id, reason, value::text, noticed_at "
            "FROM ablage_migrations.quarantine WHERE move = coalesce($1, move) "
            "ORDER BY move, noticed_at, row_id LIMIT $2",
            name,
            limit,
        )
        return [Quarantined(*row.values()) for row in rows]
    finally:
        await connection.close()
