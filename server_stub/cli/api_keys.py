"""`ablage-server keys …`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from server_stub.cli.options import AsJson, DatabaseUrl, DataDir  # noqa: TC001 - typer reads annotations

if TYPE_CHECKING:
    from server_stub.services.access import Actor
    from server_stub.services.context import Services

from server_stub.cli.commands import group
from server_stub.cli.output import print_row, print_rows


def list_keys(
    user: Annotated[str | None, typer.Option(help="Only the keys of this e-mail address.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List API keys, the newest first. The keys themselves are not stored, only how they begin.

    Example: ablage-server keys list --user ada@example.org
    """
    from server_stub.cli.services import call
    from server_stub.services import api_keys

    rows = call(partial(api_keys.list_all, email=user), data_dir, database_url)
    print_rows(
        rows,
        ["prefix", "user", "name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"],
        as_json=as_json,
        empty="There are no API keys.",
    )


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
    from server_stub.cli.services import call
    from server_stub.services import api_keys, users
    from server_stub.services.api_key_secrets import new_key

    expires_at = None if expires_days is None else datetime.now(UTC) + timedelta(days=expires_days)
    secret = new_key()

    async def create(services: Services, operator: Actor) -> dict[str, object]:
        owner = await users.find(services, operator, user)
        new = api_keys.NewApiKey(name, scope or None, expires_at)
        return {**await api_keys.create_for(services, owner, new, secret), "key": secret}

    made = call(create, data_dir, database_url)
    if as_json:
        print_row(made, as_json=True)
    else:
        typer.echo(made["key"])
        typer.echo("This key is not shown again.", err=True)


def revoke_key(
    key: Annotated[str, typer.Argument(help="Its id, or how it begins (see: keys list).")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Revoke an API key. Within a second no server takes it any more.

    Example: ablage-server keys revoke ak_live_4f9TqLm2
    """
    from server_stub.cli.services import call
    from server_stub.errors import NotFoundError
    from server_stub.services import api_keys

    async def revoke(services: Services, operator: Actor) -> dict[str, object]:
        found = await api_keys.find(services, operator, key)
        if len(found) != 1:
            problem = "There is no such API key." if not found else "Several API keys begin like this."
            raise NotFoundError(problem, code="API_KEY_NOT_FOUND")
        return await api_keys.revoke(services, operator, found[0])

    revoked = call(revoke, data_dir, database_url)
    print_row(revoked, as_json=as_json)


app = group({"list": list_keys, "create": create_key, "revoke": revoke_key})
