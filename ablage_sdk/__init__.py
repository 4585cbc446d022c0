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

from ablage_sdk._version import __version__

if TYPE_CHECKING:
    from ablage_sdk._async._downloads import AsyncDownload
    from ablage_sdk._async._pages import AsyncPage
    from ablage_sdk._async.client import AsyncAblageSDK
    from ablage_sdk._exceptions import (
        AblageDeprecationWarning,
        AblageError,
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        ConflictError,
        DocumentFailedError,
        DownloadIntegrityError,
        GoneError,
        NotFoundError,
        PayloadTooLargeError,
        PermissionDeniedError,
        PreconditionFailedError,
        RateLimitError,
        ResponseValidationError,
        ServerError,
        ServiceUnavailableError,
        UnsupportedByServer,
        UnsupportedMediaTypeError,
        ValidationError,
        WaitTimeoutError,
        WebhookSignatureError,
        WebhookTimestampError,
        WebhookVerificationError,
    )
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
    from ablage_sdk._options import NOT_GIVEN, NotGiven, Timeout
    from ablage_sdk._response import RateLimit, RawResponse, ResponseInfo
    from ablage_sdk._sync._downloads import Download
    from ablage_sdk._sync._pages import Page
    from ablage_sdk._sync.client import AblageSDK

__all__ = [
    "NOT_GIVEN",
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AblageDeprecationWarning",
    "AblageError",
    "AblageSDK",
    "AsyncAblageSDK",
    "AsyncDownload",
    "AsyncPage",
    "AuthenticationError",
    "BadRequestError",
    "BatchDeleteItem",
    "BatchDeleteResult",
    "Block",
    "ConfigurationError",
    "ConflictError",
    "Document",
    "DocumentError",
    "DocumentFailedError",
    "DocumentStatus",
    "Download",
    "DownloadIntegrityError",
    "GoneError",
    "NotFoundError",
    "NotGiven",
    "OCRMetadata",
    "OCRResult",
    "Page",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "RateLimit",
    "RateLimitError",
    "RawResponse",
    "ResponseInfo",
    "ResponseValidationError",
    "SearchHit",
    "ServerError",
    "ServiceUnavailableError",
    "Timeout",
    "UnsupportedByServer",
    "UnsupportedMediaTypeError",
    "ValidationError",
    "WaitTimeoutError",
    "WebhookSignatureError",
    "WebhookTimestampError",
    "WebhookVerificationError",
    "__version__",
]

_MODULES = {
    "AblageSDK": "_sync.client",
    "AsyncAblageSDK": "_async.client",
    "AsyncDownload": "_async._downloads",
    "AsyncPage": "_async._pages",
    "Download": "_sync._downloads",
    "NOT_GIVEN": "_options",
    "NotGiven": "_options",
    "Page": "_sync._pages",
    "RateLimit": "_response",
    "RawResponse": "_response",
    "ResponseInfo": "_response",
    "Timeout": "_options",
    **dict.fromkeys(
        (
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
        "_models.document",
    ),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        msg = f"module 'ablage_sdk' has no attribute {name!r}"
        raise AttributeError(msg)
    module = importlib.import_module(f"ablage_sdk.{_MODULES.get(name, '_exceptions')}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
