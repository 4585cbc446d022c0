"""`ablage-server keys …`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer

from server_stub.cli.admin import AsJson, DatabaseUrl, DataDir, group, print_row, print_rows, work
from server_stub.cli.users import find_user
from server_stub.errors import NotFoundError
from server_stub.services import api_keys
from server_stub.services.access import Actor, effective_permissions
from server_stub.services.keys import new_key
from server_stub.storage.tables import api_keys as keys_table
from server_stub.storage.tables import roles, user_roles, users

if TYPE_CHECKING:
    from server_stub.cli.admin import Row
    from server_stub.services.context import Services

app = group()
k = keys_table.c
_COLUMNS = (k.prefix, users.c.email.label("user"), k.name, k.scopes, k.created_at, k.expires_at,
            k.last_used_at, k.revoked_at, k.id)  # fmt: skip


@app.command("list")
def list_keys(
    user: Annotated[str | None, typer.Option(help="Only the keys of this e-mail address.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List API keys, the newest first. The keys themselves are not stored, only how they begin.

    Example: ablage-server keys list --user ada@example.org
    """
    statement = (
        sa.select(*_COLUMNS).join(users, users.c.id == k.user_id).order_by(k.created_at.desc(), k.id.desc())
    )
    if user is not None:
        statement = statement.where(users.c.email == user.lower())

    async def do(services: Services) -> list[Row]:
        async with services.db.connect() as conn:
            return [dict(row) for row in (await conn.execute(statement)).mappings()]

    print_rows(
        work(do, data_dir=data_dir, database_url=database_url),
        ["prefix", "user", "name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"],
        as_json=as_json,
        empty="There are no API keys.",
    )


@app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    user: Annotated[str, typer.Option(help="The e-mail address of the user it belongs to.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="Limit it, such as documents:read; may be repeated.")
    ] = None,
    expires_days: Annotated[int | None, typer.Option(min=1, help="Days until it expires.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create an API key and print it, this once.

    Example: ablage-server keys create scanner --user ada@example.org --scope documents:create
    """
    expires_at = None if expires_days is None else datetime.now(UTC) + timedelta(days=expires_days)
    secret = new_key()

    async def do(services: Services) -> Row:
        async with services.db.begin() as conn:
            user_id = await find_user(conn, user)
            granted = sa.select(roles.c.name, roles.c.permissions).join(
                user_roles, user_roles.c.role_id == roles.c.id
            )
            held = (await conn.execute(granted.where(user_roles.c.user_id == user_id))).all()
            owner = Actor(
                user_id=user_id,
                email=user,
                roles=tuple(row.name for row in held),
                permissions=effective_permissions([row.permissions for row in held], None),
                credential="operator",
            )
            new = api_keys.NewApiKey(name=name, scopes=scope or None, expires_at=expires_at)
            return await api_keys.create(owner, new, secret, conn)

    made = work(do, data_dir=data_dir, database_url=database_url)
    if as_json:
        print_row({**made, "key": secret}, as_json=True)
    else:
        typer.echo(secret)
        typer.echo("This key is not shown again.", err=True)


@app.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="Its id, or how it begins (see: keys list).")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Revoke an API key. Within a second no server takes it any more.

    Example: ablage-server keys revoke ak_live_4f9TqLm2
    """

    async def do(services: Services) -> Row:
        async with services.db.begin() as conn:
            matching = sa.or_(sa.cast(k.id, sa.Text) == key.lower(), k.prefix == key)
            found = (await conn.execute(sa.select(k.id).where(matching))).scalars().all()
            if len(found) != 1:
                problem = "There is no such API key" if not found else "Several API keys begin like this"
                raise NotFoundError(f"{problem}. Give its id; see: ablage-server keys list --json",
                                    code="API_KEY_NOT_FOUND")  # fmt: skip
            revoked = (
                sa.update(keys_table)
                .where(k.id == found[0])
                .values(revoked_at=sa.func.coalesce(k.revoked_at, sa.func.now()))
                .returning(k.id, k.prefix, k.name, k.revoked_at)
            )
            return dict((await conn.execute(revoked)).mappings().one())

    print_row(work(do, data_dir=data_dir, database_url=database_url), as_json=as_json)
