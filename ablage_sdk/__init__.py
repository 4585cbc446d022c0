"""Client of the Ablage document archive.

>>> from ablage_sdk import AblageSDK
>>> sdk = AblageSDK(api_key="ak_live_…")                        # doctest: +SKIP
>>> document = sdk.documents.upload_and_wait("invoice.pdf")     # doctest: +SKIP
>>> document.extracted_text                                     # doctest: +SKIP

`AblageSDK` is the synchronous client, `AsyncAblageSDK` the asynchronous one: same names, same arguments.
Names are imported when they are first used, so that ``import ablage_sdk`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from ablage_sdk import _exceptions
from ablage_sdk._exceptions import *  # noqa: F403 - the errors are listed where they are
from ablage_sdk._version import __version__

if TYPE_CHECKING:
    from ablage_sdk._async._downloads import AsyncDownload
    from ablage_sdk._async._pages import (
        AsyncItems,
        AsyncPage,
    )
    from ablage_sdk._async.client import AsyncAblageSDK
    from ablage_sdk._bulk import Outcome
    from ablage_sdk._http import AsyncHTTPResponse, HTTPRequest, HTTPResponse
    from ablage_sdk._models.analytics import (
        DayUsage,
        Metrics,
        Usage,
    )
    from ablage_sdk._models.api_key import (
        APIKey,
        CreatedAPIKey,
    )
    from ablage_sdk._models.auth import Token
    from ablage_sdk._models.document import (
        BatchDeleteItem,
        BatchDeleteResult,
        Block,
        Document,
        DocumentError,
        DocumentStatus,
        OCRMetadata,
        OCRResult,
        SearchHit,
    )
    from ablage_sdk._models.health import (
        APIVersion,
        Health,
        Readiness,
        ServerVersions,
    )
    from ablage_sdk._models.user import (
        Role,
        User,
    )
    from ablage_sdk._models.webhook import (
        CreatedWebhook,
        Delivery,
        DeliveryStatus,
        EventType,
        WebhookEvent,
        WebhookEventData,
        WebhookSubscription,
    )
    from ablage_sdk._options import (
        NOT_GIVEN,
        NotGiven,
        Timeout,
    )
    from ablage_sdk._response import (
        RateLimit,
        RawResponse,
        ResponseInfo,
    )
    from ablage_sdk._sync._downloads import Download
    from ablage_sdk._sync._pages import (
        Items,
        Page,
    )
    from ablage_sdk._sync.client import AblageSDK
    from ablage_sdk.webhooks import Webhook

__all__ = [
    "NOT_GIVEN",
    "APIKey",
    "APIVersion",
    "AblageSDK",
    "AsyncAblageSDK",
    "AsyncDownload",
    "AsyncHTTPResponse",
    "AsyncItems",
    "AsyncPage",
    "BatchDeleteItem",
    "BatchDeleteResult",
    "Block",
    "CreatedAPIKey",
    "CreatedWebhook",
    "DayUsage",
    "Delivery",
    "DeliveryStatus",
    "Document",
    "DocumentError",
    "DocumentStatus",
    "Download",
    "EventType",
    "HTTPRequest",
    "HTTPResponse",
    "Health",
    "Items",
    "Metrics",
    "NotGiven",
    "OCRMetadata",
    "OCRResult",
    "Outcome",
    "Page",
    "RateLimit",
    "RawResponse",
    "Readiness",
    "ResponseInfo",
    "Role",
    "SearchHit",
    "ServerVersions",
    "Timeout",
    "Token",
    "Usage",
    "User",
    "Webhook",
    "WebhookEvent",
    "WebhookEventData",
    "WebhookSubscription",
    "__version__",
]
__all__ += _exceptions.__all__

#: Where the names come from, when they are first used.
_NAMES = {
    "_async._downloads": ("AsyncDownload",),
    "_async._pages": ("AsyncItems", "AsyncPage"),
    "_async.client": ("AsyncAblageSDK",),
    "_bulk": ("Outcome",),
    "_models.analytics": ("DayUsage", "Metrics", "Usage"),
    "_models.api_key": ("APIKey", "CreatedAPIKey"),
    "_models.auth": ("Token",),
    "_models.document": (
        "BatchDeleteItem",
        "BatchDeleteResult",
        "Block",
        "Document",
        "DocumentError",
        "DocumentStatus",
        "OCRMetadata",
        "OCRResult",
        "SearchHit",
    ),
    "_models.health": ("APIVersion", "Health", "Readiness", "ServerVersions"),
    "_models.user": ("Role", "User"),
    "_models.webhook": (
        "CreatedWebhook",
        "Delivery",
        "DeliveryStatus",
        "EventType",
        "WebhookEvent",
        "WebhookEventData",
        "WebhookSubscription",
    ),
    "_options": ("NOT_GIVEN", "NotGiven", "Timeout"),
    "_response": ("RateLimit", "RawResponse", "ResponseInfo"),
    "_sync._downloads": ("Download",),
    "_sync._pages": ("Items", "Page"),
    "_sync.client": ("AblageSDK",),
    "_http": ("AsyncHTTPResponse", "HTTPRequest", "HTTPResponse"),
    "webhooks": ("Webhook",),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        msg = f"module 'ablage_sdk' has no attribute {name!r}"
        raise AttributeError(msg)
    module = importlib.import_module(f"ablage_sdk.{_MODULES[name]}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
