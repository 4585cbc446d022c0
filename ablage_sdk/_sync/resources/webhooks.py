# Generated from ablage_sdk/_async/resources/webhooks.py by scripts/generate_sync.py: do not edit.
"""Webhooks and their deliveries."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_sdk._endpoints import webhooks
from ablage_sdk._operation import given
from ablage_sdk._sync._pages import Items
from ablage_sdk._sync._raw import Raw, raw
from ablage_sdk._sync._resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ablage_sdk._models.webhook import CreatedWebhook, Delivery, WebhookSubscription
    from ablage_sdk._sync._pages import Page


class Webhooks(Resource):
    """``sdk.webhooks``. To check what a webhook receives, see `ablage_sdk.webhooks.Webhook`."""

    @property
    def with_raw_response(self) -> WebhooksRaw:
        """The same methods, each returning a `RawResponse`."""
        return WebhooksRaw(self)

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Page[WebhookSubscription]:
        """Return a page of webhooks.

        Args:
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.
        """
        return self._page(webhooks.LIST, {"limit": limit, "cursor": cursor})

    def iterate(self, *, limit: int | None = None) -> Items[WebhookSubscription]:
        """Yield all webhooks, page by page."""
        return Items(partial(self.list, limit=limit))

    def get(self, webhook_id: str) -> WebhookSubscription:
        """Return a webhook.

        Raises:
            NotFoundError: There is no such webhook.
        """
        return self._executor.run(webhooks.GET(webhook_id=webhook_id))

    def create(
        self,
        url: str,
        event_types: Iterable[str],
        *,
        description: str | None = None,
        is_active: bool | None = None,
    ) -> CreatedWebhook:
        """Create a webhook.

        Args:
            url: Where to.
            event_types: What about, such as ``["document.processed"]``; see `EventType`.
            description: For people.
            is_active: Whether anything is sent; yes when left out.

        Returns:
            The webhook; ``.secret`` checks what it receives, and the server shows it this once.

        Raises:
            ValidationError: An event type is unknown, or the address is one the server must not call.
        """
        return self._executor.run(
            webhooks.CREATE(
                json=given(url=url, event_types=event_types, description=description, is_active=is_active)
            )
        )

    def update(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        event_types: Iterable[str] | None = None,
        description: str | None = None,
        is_active: bool | None = None,
    ) -> WebhookSubscription:
        """Change a webhook; what is left out stays as it is.

        Args:
            webhook_id: Its id.
            url: New address.
            event_types: What it is told about, in place of all present ones.
            description: New description; an empty one removes it.
            is_active: Whether anything is sent.
        """
        changes = given(url=url, event_types=event_types, description=description, is_active=is_active)
        return self._executor.run(webhooks.UPDATE(webhook_id=webhook_id, json=changes))

    def delete(self, webhook_id: str) -> None:
        """Delete a webhook; deliveries under way are dropped."""
        self._executor.run(webhooks.DELETE(webhook_id=webhook_id))

    def rotate_secret(self, webhook_id: str) -> CreatedWebhook:
        """Give a webhook a new secret; the old one stays valid for 24 hours."""
        return self._executor.run(webhooks.ROTATE_SECRET(webhook_id=webhook_id))

    def test(self, webhook_id: str) -> Delivery:
        """Send a test event; see `deliveries` for what became of it."""
        return self._executor.run(webhooks.TEST(webhook_id=webhook_id))

    def deliveries(
        self, webhook_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Page[Delivery]:
        """Return a page of what was sent to a webhook, newest first.

        Args:
            webhook_id: Its id.
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.
        """
        return self._page(
            partial(webhooks.DELIVERIES, webhook_id=webhook_id), {"limit": limit, "cursor": cursor}
        )

    def redeliver(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Send an event again."""
        return self._executor.run(webhooks.REDELIVER(webhook_id=webhook_id, delivery_id=delivery_id))


class WebhooksRaw(Raw[Webhooks]):
    """``sdk.webhooks.with_raw_response``: status, headers and ``parse()``."""

    @raw(Webhooks.list)
    def list(self) -> None: ...

    @raw(Webhooks.get)
    def get(self) -> None: ...

    @raw(Webhooks.create)
    def create(self) -> None: ...

    @raw(Webhooks.update)
    def update(self) -> None: ...

    @raw(Webhooks.delete)
    def delete(self) -> None: ...

    @raw(Webhooks.rotate_secret)
    def rotate_secret(self) -> None: ...

    @raw(Webhooks.test)
    def test(self) -> None: ...

    @raw(Webhooks.deliveries)
    def deliveries(self) -> None: ...

    @raw(Webhooks.redeliver)
    def redeliver(self) -> None: ...
