"""``client.users``, ``client.webhooks``, ``client.analytics`` and ``client.api_keys`` of the old client."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

import ablage_sdk
from ablage_client_compat import convert
from ablage_client_compat._sync import pages
from ablage_client_compat.connection import MethodGroup
from ablage_client_compat.dialects import new_user, new_webhook, period
from ablage_client_compat.models import ApiKey, User, WebhookSubscription
from ablage_client_compat.paging.numbered import Listed, Span
from ablage_client_compat.paging.totals import sync_total
from ablage_client_compat.warnings import deprecated, legacy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ablage_client_compat.connection import SyncConnection
    from ablage_client_compat.models import Record
    from ablage_client_compat.paging.cursors import Ask, SDKPage
    from ablage_client_compat.paging.response import PaginatedResponse

__all__ = ["API_KEYS", "USERS", "WEBHOOKS", "Analytics", "ApiKeys", "Users", "Webhooks", "page_of"]

Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
Model = TypeVar("Model")


class Users(MethodGroup):
    """Users."""

    _path: ClassVar[str] = "AblageClient.users"

    @legacy
    @deprecated("Write `sdk.users.get(user_id)`.", category=None)
    def get(self, user_id: str) -> User:
        """Return a user."""
        return convert.user(self._sdk.users.get(str(user_id)))

    @legacy
    @deprecated("Write `sdk.users.list(limit=…)`; its pages follow each other by cursor.", category=None)
    def list(self, page: int = 1, page_size: int = 20) -> PaginatedResponse[User]:
        """Return a page of users."""
        return page_of(self._connection, USERS, self._sdk.users, Span.page(page, page_size))

    @legacy
    @deprecated("Write `sdk.users.create(email, password, roles=[…])`.", category=None)
    def create(
        self,
        email: str,
        password: str,
        full_name: str | None = None,
        role: str | None = None,
        **extra: object,
    ) -> User:
        """Create a user; ``role`` is ``admin``, ``user`` (when left out) or ``viewer``."""
        fields = new_user(email=email, password=password, full_name=full_name, role=role, **extra)
        return convert.user(self._sdk.users.create(**fields))

    @legacy
    @deprecated("Write `sdk.users.update(user_id, full_name=…, roles=[…])`.", category=None)
    def update(self, user_id: str, **changes: object) -> User:
        """Change ``email``, ``password``, ``full_name``, ``role`` or ``is_active`` of a user."""
        return convert.user(self._sdk.users.update(str(user_id), **new_user(**changes)))

    @legacy
    @deprecated("Write `sdk.users.delete(user_id)`.", category=None)
    def delete(self, user_id: str) -> None:
        """Delete a user."""
        self._sdk.users.delete(str(user_id))


class Webhooks(MethodGroup):
    """Webhooks."""

    _path: ClassVar[str] = "AblageClient.webhooks"

    @legacy
    @deprecated("Write `sdk.webhooks.create(url, event_types)`.", category=None)
    def create(
        self, url: str, event_types: Sequence[str] | None = None, **extra: object
    ) -> WebhookSubscription:
        """Subscribe to events; the secret is in this answer only."""
        fields = new_webhook(url=url, event_types=event_types, **extra)
        return convert.webhook(self._sdk.webhooks.create(**fields))

    @legacy
    @deprecated("Write `sdk.webhooks.get(webhook_id)`.", category=None)
    def get(self, webhook_id: str) -> WebhookSubscription:
        """Return a webhook."""
        return convert.webhook(self._sdk.webhooks.get(str(webhook_id)))

    @legacy
    @deprecated("Write `sdk.webhooks.list(limit=…)`; its pages follow each other by cursor.", category=None)
    def list(self, page: int = 1, page_size: int = 20) -> PaginatedResponse[WebhookSubscription]:
        """Return a page of webhooks."""
        return page_of(self._connection, WEBHOOKS, self._sdk.webhooks, Span.page(page, page_size))

    @legacy
    @deprecated("Write `sdk.webhooks.update(webhook_id, event_types=…)`.", category=None)
    def update(self, webhook_id: str, **changes: object) -> WebhookSubscription:
        """Change ``url``, ``event_types``, ``description`` or ``is_active`` of a webhook."""
        return convert.webhook(self._sdk.webhooks.update(str(webhook_id), **new_webhook(**changes)))

    @legacy
    @deprecated("Write `sdk.webhooks.delete(webhook_id)`.", category=None)
    def delete(self, webhook_id: str) -> None:
        """Delete a webhook."""
        self._sdk.webhooks.delete(str(webhook_id))

    @legacy
    @deprecated("Write `sdk.webhooks.rotate_secret(webhook_id)`.", category=None)
    def rotate_secret(self, webhook_id: str) -> WebhookSubscription:
        """Return the webhook with a new secret; the old one stays valid for 24 hours."""
        return convert.webhook(self._sdk.webhooks.rotate_secret(str(webhook_id)))


class Analytics(MethodGroup):
    """Figures about the archive."""

    _path: ClassVar[str] = "AblageClient.analytics"

    @legacy
    @deprecated("Write `sdk.analytics.usage(since=…, until=…)`.", category=None)
    def get_usage(self, since: datetime | str | None = None, until: datetime | str | None = None) -> Record:
        """Return how many documents, pages and bytes there are."""
        return convert.record(self._sdk.analytics.usage(**period(since, until)))

    @legacy
    @deprecated("Write `sdk.analytics.metrics(since=…, until=…)`.", category=None)
    def get_metrics(self, since: datetime | str | None = None, until: datetime | str | None = None) -> Record:
        """Return how well and how fast recognition works."""
        return convert.record(self._sdk.analytics.metrics(**period(since, until)))


class ApiKeys(MethodGroup):
    """API keys."""

    _path: ClassVar[str] = "AblageClient.api_keys"

    @legacy
    @deprecated("Write `sdk.api_keys.create(name, scopes=…)`.", category=None)
    def create(self, name: str, scopes: Sequence[str] | None = None) -> ApiKey:
        """Create a key; ``.key`` is in this answer only."""
        return convert.api_key(self._sdk.api_keys.create(name=name, scopes=scopes))


USERS = Listed[ablage_sdk.User, User]("/users", {}, convert.user, User)
WEBHOOKS = Listed[ablage_sdk.WebhookSubscription, WebhookSubscription](
    "/webhooks", {}, convert.webhook, WebhookSubscription
)
API_KEYS = Listed[ablage_sdk.APIKey, ApiKey]("/api-keys", {}, convert.api_key, ApiKey)


class _Lists(Protocol[Item_co]):
    """A resource of the SDK that can be listed."""

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> SDKPage[Item_co]: ...


def page_of(
    connection: SyncConnection, listed: Listed[Item, Model], resource: _Lists[Item], span: Span
) -> PaginatedResponse[Model]:
    """Return a page of a resource of the SDK."""

    def fetch(ask: Ask) -> SDKPage[Item]:
        return resource.list(limit=ask.limit, cursor=ask.cursor)

    return pages.numbered(connection, listed, span, fetch, sync_total(fetch))
