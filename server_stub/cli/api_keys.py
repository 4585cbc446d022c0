"""`ablage-server keys …`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from server_stub.cli.options import AsJson, DatabaseUrl, DataDir  # noqa: TC001 - typer reads annotations
from server_stub.cli.output import group, print_row, print_rows

app = group()


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
    from server_stub.cli.operations import keys, run

    rows = run(lambda services: keys.list_keys(services, user=user), data_dir=data_dir,
               database_url=database_url)  # fmt: skip
    print_rows(
        rows,
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
    from server_stub.cli.operations import keys, run

    expires_at = None if expires_days is None else datetime.now(UTC) + timedelta(days=expires_days)
    made = run(
        lambda services: keys.create(services, name, user=user, scopes=scope, expires_at=expires_at),
        data_dir=data_dir,
        database_url=database_url,
    )
    if as_json:
        print_row(made, as_json=True)
    else:
        typer.echo(made["key"])
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
    from server_stub.cli.operations import keys, run

    revoked = run(lambda services: keys.revoke(services, key), data_dir=data_dir, database_url=database_url)
    print_row(revoked, as_json=as_json)
