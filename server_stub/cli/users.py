"""`ablage-server users …`."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from server_stub.cli.commands import group
from server_stub.cli.options import AsJson, DatabaseUrl, DataDir  # noqa: TC001 - typer reads annotations
from server_stub.cli.output import print_row, print_rows

if TYPE_CHECKING:
    from server_stub.cli.output import Row
    from server_stub.services.access import Actor
    from server_stub.services.context import Services

Email = Annotated[str, typer.Argument(help="Their e-mail address.")]


def list_users(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """List all users.

    Example: ablage-server users list --json
    """
    from server_stub.cli.services import call
    from server_stub.services import users

    rows = call(users.list_all, data_dir, database_url)
    print_rows(rows, ["email", "roles", "is_active", "full_name", "created_at"], as_json=as_json,
               empty="There are no users.")  # fmt: skip


def create_user(
    email: Email,
    role: Annotated[str, typer.Option(help="admin, user or viewer.")] = "user",
    name: Annotated[str | None, typer.Option(help="Their full name.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a user. The password is asked for, or read from standard input when that is no terminal.

    Example: ablage-server users create ada@example.org --role admin
    """
    from server_stub.cli.services import call
    from server_stub.services import users

    new = users.UserChanges(email, _password(), name, [role])
    made = call(partial(users.create, new=new), data_dir, database_url)
    _show(made, as_json=as_json)


def update_user(
    email: Email,
    role: Annotated[str | None, typer.Option(help="Their role from now on.")] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Whether they may do anything.")
    ] = None,
    password: Annotated[bool, typer.Option("--password", help="Ask for a new password.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Change a user. A new password, and being made inactive, end their sessions.

    Example: ablage-server users update ada@example.org --inactive
    """
    from server_stub.cli.services import call
    from server_stub.services import users

    changes = users.UserChanges(
        password=_password() if password else None,
        roles=None if role is None else [role],
        is_active=active,
    )

    async def update(services: Services, operator: Actor) -> Row:
        user_id = await users.find(services, operator, email)
        return await users.update(services, operator, user_id, changes)

    changed = call(update, data_dir, database_url)
    _show(changed, as_json=as_json)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _show(user: Row, *, as_json: bool) -> None:
    print_row(
        {name: user[name] for name in ("id", "email", "roles", "is_active", "full_name")}, as_json=as_json
    )


app = group({"list": list_users, "create": create_user, "update": update_user})
