"""Webhooks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.model import Member, Method, converted, kept
from ablage_client_compat.migrate.rules.signatures import Call, always, by_position, only_default, takes
from ablage_client_compat.migrate.rules.types import Type, container

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule

__all__ = ["RULES"]

_method = partial(Method, owner="webhooks", dialects="A")
_webhook = partial(Member, owner="WebhookSubscription")


RULES: list[Rule] = [
    _method(
        name="create",
        example="""
            >>> webhook = client.webhooks.create(url, events=["document.processed"])
            webhook = client.webhooks.create(url, event_types=["document.processed"])
        """,
        parameters=takes("url", event_types="None", events="None", active="None", others=True),
        call=Call(
            "webhooks.create",
            "url",
            "event_types",
            by_position("event_types", source="events"),
            by_position("is_active", source="active"),
            others=True,
        ),
        returns=Type("NewWebhook"),
        written="Write `sdk.webhooks.create(url, event_types)`.",
    ),
    _method(
        name="get",
        example=">>> webhook = client.webhooks.get(webhook_id)",
        parameters=takes("webhook_id"),
        call=Call("webhooks.get", "webhook_id"),
        returns=Type("WebhookSubscription"),
    ),
    _method(
        name="list",
        example="""
            >>> webhooks = list(client.webhooks.list())
            webhooks = list(client.webhooks.list(limit=20).items)
        """,
        parameters=takes(page=only_default("1"), page_size="20"),
        call=Call("webhooks.list", limit=always("page_size")),
        returns=container("Page", Type("WebhookSubscription")),
        written="Write `sdk.webhooks.list(limit=…)`; its pages follow each other by cursor.",
    ),
    _method(
        name="update",
        example="""
            >>> client.webhooks.update(webhook_id, active=False)
            client.webhooks.update(webhook_id, is_active=False)
        """,
        parameters=takes("webhook_id", events="None", active="None", others=True),
        call=Call("webhooks.update", "webhook_id", event_types="events", is_active="active", others=True),
        returns=Type("WebhookSubscription"),
        written="Write `sdk.webhooks.update(webhook_id, event_types=…)`.",
    ),
    _method(
        name="delete",
        example=">>> client.webhooks.delete(webhook_id)",
        parameters=takes("webhook_id"),
        call=Call("webhooks.delete", "webhook_id"),
        returns=Type("none"),
    ),
    _method(
        name="rotate_secret",
        example=">>> secret = client.webhooks.rotate_secret(webhook_id).secret",
        parameters=takes("webhook_id"),
        call=Call("webhooks.rotate_secret", "webhook_id"),
        returns=Type("NewWebhook"),
    ),
    *kept("WebhookSubscription", "id url description is_active created_at updated_at"),
    _webhook(name="secret", expression='getattr(webhook, "secret", None)'),
    *kept("NewWebhook", "secret"),
    _webhook(
        name="events",
        expression="[str(kind) for kind in webhook.event_types]",
        advice="Write `webhook.event_types`.",
    ),
    _webhook(name="event_types", expression="[str(kind) for kind in webhook.event_types]"),
    _webhook(name="active", new="is_active", advice="Write `webhook.is_active`."),
    *converted("WebhookSubscription", "WebhookSubscription"),
]
