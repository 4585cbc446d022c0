"""`ablage-server webhooks …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID  # noqa: TC003 - typer reads annotations

import sqlalchemy as sa
import typer

from server_stub.cli.admin import AsJson, DatabaseUrl, DataDir, group, print_row, print_rows, work
from server_stub.errors import NotFoundError
from server_stub.services.deliveries import DUE_CHANNEL
from server_stub.storage.tables import notification_deliveries, notification_events, users, webhooks

if TYPE_CHECKING:
    from server_stub.cli.admin import Row
    from server_stub.services.context import Services

app = group()
w, d, e = webhooks.c, notification_deliveries.c, notification_events.c

_WEBHOOKS = (
    sa.select(
        w.id, users.c.email.label("user"), w.url, w.event_types, w.is_active,
        sa.func.count().filter(d.status == "pending").label("pending"),
        sa.func.count().filter(d.status == "dead").label("dead"),
        sa.func.max(d.delivered_at).label("last_delivered_at"),
    )
    .select_from(
        webhooks.join(users, users.c.id == w.user_id).outerjoin(
            notification_deliveries, d.webhook_id == w.id
        )
    )
    .group_by(w.id, users.c.email)
    .order_by(w.created_at)
)  # fmt: skip
_DELIVERIES = (
    sa.select(
        d.id, d.webhook_id, w.url, e.event_type, e.document_id, d.status, d.attempts, d.response_status,
        d.last_error, d.next_attempt_at, d.created_at, d.delivered_at,
    )
    .select_from(
        notification_deliveries.join(notification_events, e.id == d.event_id).join(
            webhooks, w.id == d.webhook_id
        )
    )
    .order_by(d.created_at.desc(), d.id.desc())
)  # fmt: skip


@app.command("list")
def list_webhooks(
    as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """List all webhooks, with how many deliveries wait and how many are dead.

    Example: ablage-server webhooks list
    """

    async def do(services: Services) -> list[Row]:
        async with services.db.connect() as conn:
            return [dict(row) for row in (await conn.execute(_WEBHOOKS)).mappings()]

    print_rows(
        work(do, data_dir=data_dir, database_url=database_url),
        ["id", "user", "url", "is_active", "pending", "dead", "last_delivered_at"],
        as_json=as_json,
        empty="There are no webhooks.",
    )


@app.command("deliveries")
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
    statement = _DELIVERIES.limit(limit)
    if webhook is not None:
        statement = statement.where(d.webhook_id == webhook)
    if status is not None:
        statement = statement.where(d.status == status)

    async def do(services: Services) -> list[Row]:
        async with services.db.connect() as conn:
            return [dict(row) for row in (await conn.execute(statement)).mappings()]

    print_rows(
        work(do, data_dir=data_dir, database_url=database_url),
        ["id", "event_type", "status", "attempts", "response_status", "last_error", "url", "created_at"],
        as_json=as_json,
        empty="There are no such deliveries.",
    )


@app.command("redeliver")
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
    which = d.status == "dead" if all_dead else d.id.in_(delivery or [])
    again = (
        sa.update(notification_deliveries)
        .where(which)
        .values(status="pending", attempts=0, next_attempt_at=sa.func.now(), last_error=None,
                response_status=None, delivered_at=None)
    )  # fmt: skip

    async def do(services: Services) -> int:
        async with services.db.begin() as conn:
            count = (await conn.execute(again)).rowcount
            if delivery and count != len(set(delivery)):
                raise NotFoundError(
                    "Not all of these deliveries exist; nothing was done. See: "
                    "ablage-server webhooks deliveries",
                    code="DELIVERY_NOT_FOUND",
                )
            await conn.execute(sa.select(sa.func.pg_notify(DUE_CHANNEL, "")))
            return count

    print_row({"redelivered": work(do, data_dir=data_dir, database_url=database_url)}, as_json=as_json)
