"""`ablage-server users …`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer

from server_stub.cli.admin import AsJson, DatabaseUrl, DataDir, group, operator, print_row, print_rows, work
from server_stub.errors import NotFoundError
from server_stub.services import passwords, users
from server_stub.storage.tables import roles, user_roles
from server_stub.storage.tables import users as users_table

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.cli.admin import Row
    from server_stub.services.context import Services

app = group()
Email = Annotated[str, typer.Argument(help="Their e-mail address.")]
u = users_table.c

_LIST = (
    sa.select(
        u.email, sa.func.array_remove(sa.func.array_agg(roles.c.name), None).label("roles"),
        u.is_active, u.full_name, u.created_at, u.id,
    )
    .select_from(
        users_table.outerjoin(user_roles, user_roles.c.user_id == u.id).outerjoin(
            roles, roles.c.id == user_roles.c.role_id
        )
    )
    .group_by(u.id)
    .order_by(u.created_at)
)  # fmt: skip


async def find_user(conn: AsyncConnection, email: str) -> UUID:
    """Return the id of the user with an address.

    Raises:
        NotFoundError: There is none.
    """
    found: UUID | None = (
        await conn.execute(sa.select(u.id).where(u.email == email.lower()))
    ).scalar_one_or_none()
    if found is None:
        raise NotFoundError(f"There is no user {email}. See: ablage-server users list", code="USER_NOT_FOUND")
    return found


@app.command("list")
def list_users(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """List all users.

    Example: ablage-server users list --json
    """

    async def do(services: Services) -> list[Row]:
        async with services.db.connect() as conn:
            return [dict(row) for row in (await conn.execute(_LIST)).mappings()]

    rows = work(do, data_dir=data_dir, database_url=database_url)
    print_rows(rows, ["email", "roles", "is_active", "full_name", "created_at"], as_json=as_json,
               empty="There are no users.")  # fmt: skip


@app.command("create")
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
    password = _password()

    async def do(services: Services) -> Row:
        hashed = await passwords.hash_password(password)
        async with services.db.begin() as conn:
            new = users.UserChanges(email=email, full_name=name, roles=[role])
            return await users.create(await operator(conn), new, hashed, conn)

    _show(work(do, data_dir=data_dir, database_url=database_url), as_json=as_json)


@app.command("update")
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
    changes = users.UserChanges(
        roles=None if role is None else [role],
        is_active=active,
        password=_password() if password else None,
    )

    async def do(services: Services) -> Row:
        async with services.db.connect() as conn:
            user_id, actor = await find_user(conn, email), await operator(conn)
        return await users.update(services, actor, user_id, changes)

    _show(work(do, data_dir=data_dir, database_url=database_url), as_json=as_json)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _show(user: Row, *, as_json: bool) -> None:
    print_row(
        {name: user[name] for name in ("id", "email", "roles", "is_active", "full_name")}, as_json=as_json
    )
