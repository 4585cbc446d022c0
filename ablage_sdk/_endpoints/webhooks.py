"""The endpoints of webhooks and their deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ablage_sdk import formats
from ablage_sdk._endpoints._endpoint import Endpoint
from ablage_sdk._models.webhook import CreatedWebhook, Delivery, WebhookSubscription
from ablage_sdk._operation import V1, nothing, one, page_of
from ablage_sdk._v1 import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARAMETERS: Final = frozenset({"url", "event_types", "description", "is_active"})


def _body(body: dict[str, object]) -> Mapping[str, object]:
    """The old names too: the oldest servers know no others."""
    old = {old: body[new] for old, new in formats.WEBHOOK_KEYS.items() if new in body}
    return {**body, **old}


LIST: Final = Endpoint(
    "webhooks.list",
    "GET",
    "/webhooks",
    page_of(WebhookSubscription),
    v1=listed(formats.webhooks.up),
)
DELIVERIES: Final = Endpoint(
    "webhooks.deliveries",
    "GET",
    "/webhooks/{webhook_id}/deliveries",
    page_of(Delivery),
    v1=listed(),
)
GET: Final = Endpoint(
    "webhooks.get",
    "GET",
    "/webhooks/{webhook_id}",
    one(WebhookSubscription),
    v1=V1(answer=formats.webhooks.up),
)
CREATE: Final = Endpoint(
    "webhooks.create",
    "POST",
    "/webhooks",
    one(CreatedWebhook),
    v1=V1(parameters=_PARAMETERS, body=_body, answer=formats.webhooks.up),
)
UPDATE: Final = Endpoint(
    "webhooks.update",
    "PATCH",
    "/webhooks/{webhook_id}",
    one(WebhookSubscription),
    v1=V1(parameters=_PARAMETERS, body=_body, answer=formats.webhooks.up),
)
DELETE: Final = Endpoint("webhooks.delete", "DELETE", "/webhooks/{webhook_id}", nothing, v1=V1(answer=None))
ROTATE_SECRET: Final = Endpoint(
    "webhooks.rotate_secret",
    "POST",
    "/webhooks/{webhook_id}/rotate-secret",
    one(CreatedWebhook),
    v1=V1(answer=formats.webhooks.up),
)
TEST: Final = Endpoint("webhooks.test", "POST", "/webhooks/{webhook_id}/test", one(Delivery), v1=V1())
REDELIVER: Final = Endpoint(
    "webhooks.redeliver",
    "POST",
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
    one(Delivery),
    v1=V1(),
)
