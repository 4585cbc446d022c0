"""Webhooks and their deliveries: everyone's own; admins see all."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from server_stub.errors import ConflictError, NotFoundError, invalid_field
from server_stub.services import paging
from server_stub.services.events import EVENT_TYPES
from server_stub.services.printable import NOT_IN_TEXT, check_printable
from server_stub.services.webhook_targets import check_target
from server_stub.storage import ids
from server_stub.storage.queries.lists import Sorted
from server_stub.storage.tables import webhooks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.elements import ColumnElement

    from server_stub.services.access import Actor
    from server_stub.services.context import Services

#: A webhook as API v2 answers it; its secret is not part of it.
Webhook: TypeAlias = "dict[str, object]"

w = webhooks.c
SECRET_BYTES = 32
#: For so long the secret from before a rotation still signs too.
ROTATION = timedelta(hours=24)
MAX_DESCRIPTION = 500
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    w.id, w.url, w.event_types, w.description, w.is_active, w.created_at, w.updated_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WebhookChanges:
    """What a webhook shall be; what is ``None`` stays."""

    url: str | None = None
    event_types: Sequence[str] | None = None
    description: str | None = None
    is_active: bool | None = None


def new_secret() -> str:
    """Return a signing secret as the Standard Webhooks specification writes it."""
    return "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def owned(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the condition that keeps other people's webhooks out; reading them is no exception."""
    owner = actor.owner_filter("update")
    return [] if owner is None else [w.user_id == owner]


def check_enabled(services: Services) -> None:
    """Refuse when webhooks are switched off.

    Raises:
        ConflictError: They are.
    """
    if not services.settings.enable_webhooks:
        raise ConflictError(
            "Webhooks are switched off on this server (ENABLE_WEBHOOKS=false).", code="WEBHOOKS_DISABLED"
        )


def check_event_types(field: str, events: Sequence[str]) -> None:
    """Check the names of events.

    Raises:
        InvalidRequestError: There is none, or one is unknown.
    """
    if not events:
        raise invalid_field(field, "must name at least one event.")
    for event in events:
        if event not in EVENT_TYPES:
            raise invalid_field(
                field, f"there is no event {event[:50]!r}. Known ones: {', '.join(EVENT_TYPES)}."
            )


async def check_values(services: Services, values: WebhookChanges) -> None:
    """Check what a client wants a webhook to be.

    Raises:
        InvalidRequestError: A value is wrong, or the target is not allowed.
    """
    if values.event_types is not None:
        check_event_types("event_types", values.event_types)
    if values.description is not None:
        check_printable("description", values.description, most=MAX_DESCRIPTION, without=NOT_IN_TEXT)
    if values.url is not None:
        await check_target(values.url, allow_private=services.settings.webhook_allow_private)


async def list_webhooks(services: Services, actor: Actor, window: paging.Window) -> paging.Listing[Webhook]:
    """Return webhooks, the newest first."""
    check_enabled(services)
    actor.require("webhooks", "read")
    rows = Sorted(sa.select(*_COLUMNS).where(*owned(actor)), w.created_at, w.id)
    async with services.db.connect() as conn:
        return await paging.read(conn, rows, window, "webhooks", dict)


async def get(services: Services, actor: Actor, webhook_id: UUID) -> Webhook:
    """Return a webhook.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    check_enabled(services)
    actor.require("webhooks", "read")
    async with services.db.connect() as conn:
        return await fetch(conn, actor, webhook_id)


async def fetch(conn: AsyncConnection, actor: Actor, webhook_id: UUID) -> Webhook:
    """Return one webhook of the actor's."""
    statement = sa.select(*_COLUMNS).where(w.id == webhook_id, *owned(actor))
    row = (await conn.execute(statement)).mappings().one_or_none()
    if row is None:
        raise no_webhook(webhook_id)
    return dict(row)


async def create(actor: Actor, new: WebhookChanges, conn: AsyncConnection) -> Webhook:
    """Create a webhook in the caller's transaction; the answer holds its secret.

    The values must have gone through `check_values`.
    """
    actor.require("webhooks", "create")
    secret = new_secret()
    values = {
        "id": ids.new_id(),
        "user_id": actor.user_id,
        "url": new.url,
        "event_types": list(dict.fromkeys(new.event_types or ())),
        "description": new.description,
        "is_active": new.is_active is not False,
        "secret": secret,
    }
    row = (await conn.execute(sa.insert(webhooks).values(values).returning(*_COLUMNS))).mappings().one()
    return {**row, "secret": secret}


async def update(services: Services, actor: Actor, webhook_id: UUID, changes: WebhookChanges) -> Webhook:
    """Change a webhook.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
        InvalidRequestError: A value is wrong, or the target is not allowed.
    """
    check_enabled(services)
    actor.require("webhooks", "update")
    await check_values(services, changes)
    values: dict[str, object] = {"updated_at": sa.func.clock_timestamp()}
    if changes.event_types is not None:
        values["event_types"] = list(dict.fromkeys(changes.event_types))
    for name in ("url", "description", "is_active"):
        if getattr(changes, name) is not None:
            values[name] = getattr(changes, name)
    statement = sa.update(webhooks).where(w.id == webhook_id, *owned(actor)).values(values)
    async with services.db.begin() as conn:
        row = (await conn.execute(statement.returning(*_COLUMNS))).mappings().one_or_none()
    if row is None:
        raise no_webhook(webhook_id)
    return dict(row)


async def delete(services: Services, actor: Actor, webhook_id: UUID) -> None:
    """Remove a webhook and its deliveries.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    check_enabled(services)
    actor.require("webhooks", "delete")
    statement = sa.delete(webhooks).where(w.id == webhook_id, *owned(actor))
    async with services.db.begin() as conn:
        if not (await conn.execute(statement)).rowcount:
            raise no_webhook(webhook_id)


async def rotate_secret(actor: Actor, webhook_id: UUID, conn: AsyncConnection) -> Webhook:
    """Give a webhook a new secret in the caller's transaction; the old one signs along for 24 hours.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    actor.require("webhooks", "update")
    secret = new_secret()
    statement = (
        sa.update(webhooks)
        .where(w.id == webhook_id, *owned(actor))
        .values(
            secret=secret,
            previous_secret=w.secret,
            previous_secret_expires_at=sa.func.now() + ROTATION,
            updated_at=sa.func.clock_timestamp(),
        )
        .returning(*_COLUMNS)
    )
    row = (await conn.execute(statement)).mappings().one_or_none()
    if row is None:
        raise no_webhook(webhook_id)
    return {**row, "secret": secret}


def no_webhook(webhook_id: UUID) -> NotFoundError:
    """Return the error for a webhook that is not there, or not there for the actor."""
    return NotFoundError(f"There is no webhook {webhook_id}.", code="WEBHOOK_NOT_FOUND")
