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
    from ablage_sdk._async.resources.api_keys import AsyncAPIKeys
    from ablage_sdk._async.resources.auth import AsyncAuth
    from ablage_sdk._async.resources.documents import AsyncDocuments
    from ablage_sdk._async.resources.system import AsyncAnalytics, AsyncServerHealth
    from ablage_sdk._async.resources.users import AsyncRoles, AsyncUsers
    from ablage_sdk._async.resources.webhooks import AsyncWebhooks
    from ablage_sdk._bulk import Outcome
    from ablage_sdk._endpoints.documents import DocumentFilters
    from ablage_sdk._http_request import HTTPRequest
    from ablage_sdk._http_response import AsyncHTTPResponse, HTTPResponse
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
    from ablage_sdk._sync.resources.api_keys import APIKeys
    from ablage_sdk._sync.resources.auth import Auth
    from ablage_sdk._sync.resources.documents import Documents
    from ablage_sdk._sync.resources.system import Analytics, ServerHealth
    from ablage_sdk._sync.resources.users import Roles, Users
    from ablage_sdk._sync.resources.webhooks import Webhooks
    from ablage_sdk.webhooks import Webhook

__all__ = [
    "NOT_GIVEN",
    "APIKey",
    "APIKeys",
    "APIVersion",
    "AblageSDK",
    "Analytics",
    "AsyncAPIKeys",
    "AsyncAblageSDK",
    "AsyncAnalytics",
    "AsyncAuth",
    "AsyncDocuments",
    "AsyncDownload",
    "AsyncHTTPResponse",
    "AsyncItems",
    "AsyncPage",
    "AsyncRoles",
    "AsyncServerHealth",
    "AsyncUsers",
    "AsyncWebhooks",
    "Auth",
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
    "DocumentFilters",
    "DocumentStatus",
    "Documents",
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
    "Roles",
    "SearchHit",
    "ServerHealth",
    "ServerVersions",
    "Timeout",
    "Token",
    "Usage",
    "User",
    "Users",
    "Webhook",
    "WebhookEvent",
    "WebhookEventData",
    "WebhookSubscription",
    "Webhooks",
    "__version__",
]
__all__ += _exceptions.__all__

#: Where the names come from, when they are first used.
_NAMES = {
    "_async._downloads": ("AsyncDownload",),
    "_async._pages": ("AsyncItems", "AsyncPage"),
    "_async.client": ("AsyncAblageSDK",),
    "_async.resources.api_keys": ("AsyncAPIKeys",),
    "_sync.resources.api_keys": ("APIKeys",),
    "_async.resources.auth": ("AsyncAuth",),
    "_sync.resources.auth": ("Auth",),
    "_async.resources.documents": ("AsyncDocuments",),
    "_sync.resources.documents": ("Documents",),
    "_async.resources.system": ("AsyncAnalytics", "AsyncServerHealth"),
    "_sync.resources.system": ("Analytics", "ServerHealth"),
    "_async.resources.users": ("AsyncRoles", "AsyncUsers"),
    "_sync.resources.users": ("Roles", "Users"),
    "_async.resources.webhooks": ("AsyncWebhooks",),
    "_sync.resources.webhooks": ("Webhooks",),
    "_bulk": ("Outcome",),
    "_endpoints.documents": ("DocumentFilters",),
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
    "_http_request": ("HTTPRequest",),
    "_http_response": ("AsyncHTTPResponse", "HTTPResponse"),
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
