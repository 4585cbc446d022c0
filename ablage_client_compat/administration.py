"""``client.users``, ``client.webhooks``, ``client.analytics`` and ``client.api_keys`` of the old client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from ablage_client_compat import convert
from ablage_client_compat.calls import deprecated, legacy
from ablage_client_compat.method_group import Resource
from ablage_client_compat.models import ApiKey, User, WebhookSubscription
from ablage_client_compat.paging.numbered import Listed, Span, numbered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ablage_client_compat.connection import SyncConnection
    from ablage_client_compat.paging.response import PaginatedResponse
    from ablage_client_compat.records import Record

__all__ = ["API_KEYS", "USERS", "WEBHOOKS", "Analytics", "ApiKeys", "Users", "Webhooks", "page_of"]

M = TypeVar("M")


class Users(Resource):
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
        return page_of(self._connection, USERS, "users", Span.page(page, page_size))

    @legacy
    @deprecated("Write `sdk.users.create(email, password, roles=[…])`.", category=None)
    def create(
        self, email: str, password: str, full_name: str | None = None, role: str | None = None, **extra: Any
    ) -> User:
        """Create a user; ``role`` is ``admin``, ``user`` (when left out) or ``viewer``."""
        changes = convert.new_user(full_name=full_name, role=role, **extra)
        return convert.user(self._sdk.users.create(email=email, password=password, **changes))

    @legacy
    @deprecated("Write `sdk.users.update(user_id, full_name=…, roles=[…])`.", category=None)
    def update(self, user_id: str, **changes: Any) -> User:
        """Change ``email``, ``password``, ``full_name``, ``role`` or ``is_active`` of a user."""
        return convert.user(self._sdk.users.update(str(user_id), **convert.new_user(**changes)))

    @legacy
    @deprecated("Write `sdk.users.delete(user_id)`.", category=None)
    def delete(self, user_id: str) -> None:
        """Delete a user."""
        self._sdk.users.delete(str(user_id))


class Webhooks(Resource):
    """Webhooks."""

    _path: ClassVar[str] = "AblageClient.webhooks"

    @legacy
    @deprecated("Write `sdk.webhooks.create(url, event_types)`.", category=None)
    def create(self, url: str, event_types: Sequence[str] | None = None, **extra: Any) -> WebhookSubscription:
        """Subscribe to events; the secret is in this answer only."""
        changes = convert.new_webhook(event_types=event_types, **extra)
        return convert.webhook(self._sdk.webhooks.create(url=url, **changes))

    @legacy
    @deprecated("Write `sdk.webhooks.get(webhook_id)`.", category=None)
    def get(self, webhook_id: str) -> WebhookSubscription:
        """Return a webhook."""
        return convert.webhook(self._sdk.webhooks.get(str(webhook_id)))

    @legacy
    @deprecated("Write `sdk.webhooks.list(limit=…)`; its pages follow each other by cursor.", category=None)
    def list(self, page: int = 1, page_size: int = 20) -> PaginatedResponse[WebhookSubscription]:
        """Return a page of webhooks."""
        return page_of(self._connection, WEBHOOKS, "webhooks", Span.page(page, page_size))

    @legacy
    @deprecated("Write `sdk.webhooks.update(webhook_id, event_types=…)`.", category=None)
    def update(self, webhook_id: str, **changes: Any) -> WebhookSubscription:
        """Change ``url``, ``event_types``, ``description`` or ``is_active`` of a webhook."""
        return convert.webhook(self._sdk.webhooks.update(str(webhook_id), **convert.new_webhook(**changes)))

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


class Analytics(Resource):
    """Figures about the archive."""

    _path: ClassVar[str] = "AblageClient.analytics"

    @legacy
    @deprecated("Write `sdk.analytics.usage(since=…, until=…)`.", category=None)
    def get_usage(self, since: datetime | str | None = None, until: datetime | str | None = None) -> Record:
        """Return how many documents, pages and bytes there are."""
        return convert.record(self._sdk.analytics.usage(**convert.period(since, until)))

    @legacy
    @deprecated("Write `sdk.analytics.metrics(since=…, until=…)`.", category=None)
    def get_metrics(self, since: datetime | str | None = None, until: datetime | str | None = None) -> Record:
        """Return how well and how fast recognition works."""
        return convert.record(self._sdk.analytics.metrics(**convert.period(since, until)))


class ApiKeys(Resource):
    """API keys."""

    _path: ClassVar[str] = "AblageClient.api_keys"

    @legacy
    @deprecated("Write `sdk.api_keys.create(name, scopes=…)`.", category=None)
    def create(self, name: str, scopes: Sequence[str] | None = None) -> ApiKey:
        """Create a key; ``.key`` is in this answer only."""
        return convert.api_key(self._sdk.api_keys.create(name=name, scopes=scopes))


USERS = Listed("/users", {}, convert.user, User)
WEBHOOKS = Listed("/webhooks", {}, convert.webhook, WebhookSubscription)
API_KEYS = Listed("/api-keys", {}, convert.api_key, ApiKey)


def page_of(connection: SyncConnection, listed: Listed[M], name: str, span: Span) -> PaginatedResponse[M]:
    """Return a page of the resource of the SDK that is called ``name``."""
    list_ = getattr(connection.sdk, name).list
    return numbered(connection, listed, span, lambda ask: list_(limit=ask.limit, cursor=ask.cursor))
