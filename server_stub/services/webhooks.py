"""Webhooks: everyone's own; admins see all."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from server_stub.errors import ConflictError, NotFoundError, invalid_field
from server_stub.services import paging
from server_stub.services.events import EVENT_TYPES, have_receivers
from server_stub.services.idempotency import once
from server_stub.services.printable import NOT_IN_TEXT, check_printable
from server_stub.services.webhook_targets import check_target
from server_stub.storage import ids
from server_stub.storage.queries import webhooks as stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Action, Actor
    from server_stub.services.context import Services
    from server_stub.services.idempotency import Claim

#: A webhook as it is answered; its secret is not part of it.
Webhook: TypeAlias = "dict[str, object]"

SECRET_BYTES = 32
#: For so long the secret from before a rotation still signs too.
ROTATION = timedelta(hours=24)
MAX_DESCRIPTION = 500


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


def admit(services: Services, actor: Actor, action: Action) -> None:
    """Let the actor pass to webhooks, or refuse.

    Raises:
        ConflictError: Webhooks are switched off.
        PermissionDeniedError: The actor may not do this.
    """
    if not have_receivers(services):
        raise ConflictError(
            "Webhooks are switched off on this server (ENABLE_WEBHOOKS=false).", code="WEBHOOKS_DISABLED"
        )
    actor.require("webhooks", action)


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


async def _check_values(services: Services, values: WebhookChanges) -> None:
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
    admit(services, actor, "read")
    async with services.db.connect() as conn:
        return await paging.read(conn, stored.listed(owner_of(actor)), window, "webhooks", dict)


async def list_all(services: Services, actor: Actor) -> list[Webhook]:
    """Return everybody's webhooks, with how many deliveries wait and are dead."""
    actor.require("users", "read")
    async with services.db.connect() as conn:
        return await stored.everyones(conn)


async def get(services: Services, actor: Actor, webhook_id: UUID) -> Webhook:
    """Return a webhook.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    admit(services, actor, "read")
    async with services.db.connect() as conn:
        return await fetch(conn, actor, webhook_id)


async def fetch(conn: AsyncConnection, actor: Actor, webhook_id: UUID) -> Webhook:
    """Return one webhook of the actor's.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    return _found(await stored.find(conn, webhook_id, owner_of(actor)), webhook_id)


async def create(
    services: Services, actor: Actor, new: WebhookChanges, claim: Claim[Webhook] | None = None
) -> Webhook:
    """Create a webhook; what is returned holds its secret.

    Args:
        services: The running server.
        actor: Whose it is.
        new: What it shall be.
        claim: To have it done once.

    Raises:
        InvalidRequestError: A value is wrong, or the target is not allowed.
    """
    admit(services, actor, "create")
    await _check_values(services, new)
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

    async def work(conn: AsyncConnection) -> Webhook:
        return {**await stored.insert(conn, values), "secret": secret}

    return await once(services, actor, claim, work)


async def update(services: Services, actor: Actor, webhook_id: UUID, changes: WebhookChanges) -> Webhook:
    """Change a webhook.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
        InvalidRequestError: A value is wrong, or the target is not allowed.
    """
    admit(services, actor, "update")
    await _check_values(services, changes)
    values: dict[str, object] = {}
    if changes.event_types is not None:
        values["event_types"] = list(dict.fromkeys(changes.event_types))
    for name in ("url", "description", "is_active"):
        if getattr(changes, name) is not None:
            values[name] = getattr(changes, name)
    async with services.db.begin() as conn:
        return _found(await stored.change(conn, webhook_id, owner_of(actor), values), webhook_id)


async def delete(services: Services, actor: Actor, webhook_id: UUID) -> None:
    """Remove a webhook and its deliveries.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    admit(services, actor, "delete")
    async with services.db.begin() as conn:
        if not await stored.delete(conn, webhook_id, owner_of(actor)):
            raise _no_webhook(webhook_id)


async def rotate_secret(
    services: Services, actor: Actor, webhook_id: UUID, claim: Claim[Webhook] | None = None
) -> Webhook:
    """Give a webhook a new secret, which is returned with it; the old one signs along for 24 hours.

    Raises:
        NotFoundError: There is none, or it belongs to somebody else.
    """
    admit(services, actor, "update")
    secret = new_secret()

    async def work(conn: AsyncConnection) -> Webhook:
        changed = await stored.rotate_secret(conn, webhook_id, owner_of(actor), secret, ROTATION)
        return {**_found(changed, webhook_id), "secret": secret}

    return await once(services, actor, claim, work)


def owner_of(actor: Actor) -> UUID | None:
    """Return whose webhooks the actor may see and change; reading them is no exception."""
    return actor.owner_filter("update")


def _found(webhook: Webhook | None, webhook_id: UUID) -> Webhook:
    if webhook is None:
        raise _no_webhook(webhook_id)
    return webhook


def _no_webhook(webhook_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no webhook {webhook_id}.", code="WEBHOOK_NOT_FOUND")
