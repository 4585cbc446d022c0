"""`ablage-server webhooks …`."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID  # noqa: TC003 - typer reads annotations

import typer

from server_stub.cli.commands import group
from server_stub.cli.options import AsJson, DatabaseUrl, DataDir  # noqa: TC001 - typer reads annotations
from server_stub.cli.output import print_row, print_rows


def list_webhooks(
    as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """List all webhooks, with how many deliveries wait and how many are dead.

    Example: ablage-server webhooks list
    """
    from server_stub.cli.services import call
    from server_stub.services import webhooks

    print_rows(
        call(webhooks.list_all, data_dir, database_url),
        ["id", "user", "url", "is_active", "pending", "dead", "last_delivered_at"],
        as_json=as_json,
        empty="There are no webhooks.",
    )


def list_deliveries(
    webhook: Annotated[UUID | None, typer.Option(help="Only those of this webhook.")] = None,
    status: Annotated[str | None, typer.Option(help="Only pending, delivered or dead ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List deliveries, the newest first.

    Example: ablage-server webhooks deliveries --status dead
    """
    from server_stub.cli.services import call
    from server_stub.services import deliveries

    rows = call(
        partial(deliveries.list_all, webhook=webhook, status=status, limit=limit), data_dir, database_url
    )
    print_rows(
        rows,
        ["id", "event_type", "status", "attempts", "response_status", "last_error", "url", "created_at"],
        as_json=as_json,
        empty="There are no such deliveries.",
    )


def redeliver(
    delivery: Annotated[list[UUID] | None, typer.Argument(help="Ids of deliveries.")] = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="All dead deliveries.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Begin deliveries anew.

    Example: ablage-server webhooks redeliver --all-dead
    """
    if bool(delivery) == all_dead:
        raise typer.BadParameter("Give ids of deliveries, or --all-dead.")
    from server_stub.cli.services import call
    from server_stub.services import deliveries

    count = call(
        partial(deliveries.redeliver_all, deliveries=None if all_dead else delivery), data_dir, database_url
    )
    print_row({"redelivered": count}, as_json=as_json)


app = group({"list": list_webhooks, "deliveries": list_deliveries, "redeliver": redeliver})
