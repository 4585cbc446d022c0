"""Webhooks and their deliveries."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_sdk._async._pages import AsyncItems
from ablage_sdk._async._raw import AsyncRaw, raw
from ablage_sdk._async._resource import AsyncResource
from ablage_sdk._endpoints import webhooks
from ablage_sdk._operation import given

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ablage_sdk._async._pages import AsyncPage
    from ablage_sdk._models.webhook import CreatedWebhook, Delivery, WebhookSubscription


class AsyncWebhooks(AsyncResource):
    """``sdk.webhooks``. To check what a webhook receives, see `ablage_sdk.webhooks.Webhook`."""

    @property
    def with_raw_response(self) -> AsyncWebhooksRaw:
        """The same methods, each returning a `RawResponse`."""
        return AsyncWebhooksRaw(self)

    async def list(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> AsyncPage[WebhookSubscription]:
        """Return a page of webhooks.

        Args:
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.
        """
        return await self._page(webhooks.LIST, {"limit": limit, "cursor": cursor})

    def iterate(self, *, limit: int | None = None) -> AsyncItems[WebhookSubscription]:
        """Yield all webhooks, page by page."""
        return AsyncItems(partial(self.list, limit=limit))

    async def get(self, webhook_id: str) -> WebhookSubscription:
        """Return a webhook.

        Raises:
            NotFoundError: There is no such webhook.
        """
        return await self._executor.run(webhooks.GET(webhook_id=webhook_id))

    async def create(
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
        return await self._executor.run(
            webhooks.CREATE(
                json=given(url=url, event_types=event_types, description=description, is_active=is_active)
            )
        )

    async def update(
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
        return await self._executor.run(webhooks.UPDATE(webhook_id=webhook_id, json=changes))

    async def delete(self, webhook_id: str) -> None:
        """Delete a webhook; deliveries under way are dropped."""
        await self._executor.run(webhooks.DELETE(webhook_id=webhook_id))

    async def rotate_secret(self, webhook_id: str) -> CreatedWebhook:
        """Give a webhook a new secret; the old one stays valid for 24 hours."""
        return await self._executor.run(webhooks.ROTATE_SECRET(webhook_id=webhook_id))

    async def test(self, webhook_id: str) -> Delivery:
        """Send a test event; see `deliveries` for what became of it."""
        return await self._executor.run(webhooks.TEST(webhook_id=webhook_id))

    async def deliveries(
        self, webhook_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> AsyncPage[Delivery]:
        """Return a page of what was sent to a webhook, newest first.

        Args:
            webhook_id: Its id.
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.
        """
        return await self._page(
            partial(webhooks.DELIVERIES, webhook_id=webhook_id), {"limit": limit, "cursor": cursor}
        )

    async def redeliver(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Send an event again."""
        return await self._executor.run(webhooks.REDELIVER(webhook_id=webhook_id, delivery_id=delivery_id))


class AsyncWebhooksRaw(AsyncRaw[AsyncWebhooks]):
    """``sdk.webhooks.with_raw_response``: status, headers and ``parse()``."""

    @raw(AsyncWebhooks.list)
    def list(self) -> None: ...

    @raw(AsyncWebhooks.get)
    def get(self) -> None: ...

    @raw(AsyncWebhooks.create)
    def create(self) -> None: ...

    @raw(AsyncWebhooks.update)
    def update(self) -> None: ...

    @raw(AsyncWebhooks.delete)
    def delete(self) -> None: ...

    @raw(AsyncWebhooks.rotate_secret)
    def rotate_secret(self) -> None: ...

    @raw(AsyncWebhooks.test)
    def test(self) -> None: ...

    @raw(AsyncWebhooks.deliveries)
    def deliveries(self) -> None: ...

    @raw(AsyncWebhooks.redeliver)
    def redeliver(self) -> None: ...
