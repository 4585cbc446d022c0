"""What the commands for administrators do with the server's parts.

A command imports this when it runs, so that its ``--help`` needs no database driver.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from server_stub import runtime
from server_stub.errors import AblageServerError, StartupError
from server_stub.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server_stub.services.context import Services

T = TypeVar("T")


def run(
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

    async def opened() -> T:
        async with runtime.opened(settings) as services:
            return await do(services)

    try:
        return asyncio.run(opened())
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
