"""Calls of services from commands, beside a running server or without one.

A command imports this when it runs, so that its ``--help`` needs no database driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from server_stub import runtime
from server_stub.cli.commands import CommandError
from server_stub.errors import AblageServerError
from server_stub.migrations.loop import run_async
from server_stub.services.access import OPERATOR
from server_stub.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server_stub.services.access import Actor
    from server_stub.services.context import Services

T = TypeVar("T")

#: Code of an error → the command that shows what there is.
_SEE = {
    "USER_NOT_FOUND": "See: ablage-server users list",
    "API_KEY_NOT_FOUND": "Give its id; see: ablage-server keys list --json",
    "DELIVERY_NOT_FOUND": "See: ablage-server webhooks deliveries",
}


def call(do: Callable[[Services, Actor], Awaitable[T]], data_dir: object, database_url: str | None) -> T:
    """Do something with the server's database.

    Args:
        do: What; it is given an operator as who asks.
        data_dir: As given on the command line.
        database_url: As given on the command line.

    Raises:
        OperatorError: If it did not work for a reason that can be put right; the message says it.
    """
    settings = load_settings(data_dir=data_dir, database_url=database_url)

    async def opened() -> T:
        async with runtime.opened(settings) as services:
            return await do(services, OPERATOR)

    try:
        return run_async(opened())
    except AblageServerError as error:
        told = "; ".join([one.message for one in error.errors] or [str(error)])
        raise CommandError(" ".join(filter(None, [told, _SEE.get(error.code)]))) from None
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise CommandError(_explain(error)) from None


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
