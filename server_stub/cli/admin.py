"""What the commands for administrators share: the server's parts, tables, and errors in words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import asyncpg
import sqlalchemy as sa
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from server_stub import runtime
from server_stub.cli.serve import AsJson, DatabaseUrl, DataDir
from server_stub.errors import AblageServerError, NotFoundError
from server_stub.runtime import StartupError
from server_stub.services.access import ADMIN, RESOURCES, Actor
from server_stub.settings import load_settings
from server_stub.storage.tables import roles, user_roles, users

__all__ = ["AsJson", "DataDir", "DatabaseUrl", "group", "operator", "print_row", "print_rows", "work"]

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.context import Services

T = TypeVar("T")
Row = Mapping[str, object]


async def operator(conn: AsyncConnection) -> Actor:
    """Return whoever runs the command: they have the database, so they may do everything.

    What is written down as done by somebody is done in the name of the first administrator.

    Raises:
        NotFoundError: If there is no administrator.
    """
    admins = (
        sa.select(users.c.id)
        .join(user_roles, user_roles.c.user_id == users.c.id)
        .join(roles, roles.c.id == user_roles.c.role_id)
        .where(roles.c.name == ADMIN)
        .order_by(users.c.created_at)
        .limit(1)
    )
    found: UUID | None = (await conn.execute(admins)).scalar_one_or_none()
    if found is None:
        raise NotFoundError(
            "There is no administrator yet. Start the server once: it makes the first one.",
            code="USER_NOT_FOUND",
        )
    everything = {resource: frozenset(actions) for resource, actions in RESOURCES.items()}
    return Actor(found, "operator", (ADMIN,), everything, "operator")


def group() -> typer.Typer:
    """Return a group of commands."""
    return typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def work(
    do: Callable[[Services], Awaitable[T]], *, data_dir: object = None, database_url: str | None = None
) -> T:
    """Do something with the server's database.

    Args:
        do: What.
        data_dir: As given on the command line.
        database_url: As given on the command line.

    Raises:
        StartupError: If it did not work for a reason that can be put right; the message says it.
    """
    settings = load_settings(data_dir=data_dir, database_url=database_url)

    async def run() -> T:
        async with runtime.opened(settings) as services:
            return await do(services)

    try:
        return asyncio.run(run())
    except AblageServerError as error:
        raise StartupError("; ".join([one.message for one in error.errors] or [str(error)])) from None
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StartupError(_explain(error)) from None


def _explain(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)):
            return (
                "The database lacks what this command needs: no server of this release was started on it "
                "yet. Run: ablage-server db upgrade, or start the server."
            )
        cause = cause.__cause__
    return f"The database did not do it: {str(error).splitlines()[0]}"


def print_rows(rows: Sequence[Row], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Print rows as a table, or as JSON with all their fields."""
    if as_json:
        typer.echo(json.dumps([dict(row) for row in rows], default=str, ensure_ascii=False, indent=2))
        return
    if not rows:
        typer.echo(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    console = Console()
    if not console.is_terminal:
        console = Console(width=10_000)  # in a pipe, one line is one row
    console.print(table)


def print_row(row: Row, *, as_json: bool) -> None:
    """Print one row: a field a line, or as JSON."""
    if as_json:
        typer.echo(json.dumps(dict(row), default=str, ensure_ascii=False, indent=2))
        return
    width = max(map(len, row))
    for name, value in row.items():
        typer.echo(f"{name.replace('_', ' '):<{width}}  {_cell(value)}")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "-"
    return str(value)
