"""The old `AblageClient` on top of `ablage_sdk`.

Programs written for the old client run unmodified, against servers that speak API v1, v2 or both:

- ``from ablage_client_compat import AblageClient``, or
- ``ablage_client_compat.install()`` once at start-up, so that ``import ablage_client`` finds this package, or
- ``pip install -U ablage-client``, whose release 2 is this package under its old name, or
- ``python -m ablage_client_compat program.py``, with nothing changed at all.

Every use of an old name emits an `AblageDeprecationWarning` at the line of the use, saying what to write
instead; `report` lists them.
"""

from ablage_client_compat import report_file as _report_file
from ablage_client_compat.alias import install
from ablage_client_compat.client import AblageClient, AsyncAblageClient
from ablage_client_compat.errors import (
    AblageAPIError,
    AblageAuthenticationError,
    AblageError,
    AblageNotFoundError,
    AblagePermissionError,
    AblageRateLimitError,
    AblageServerError,
    AblageValidationError,
)
from ablage_client_compat.models import Document, PaginatedResponse, User, WebhookSubscription
from ablage_client_compat.warnings import AblageDeprecationWarning, report
from ablage_sdk import __version__

__all__ = [
    "AblageAPIError",
    "AblageAuthenticationError",
    "AblageClient",
    "AblageDeprecationWarning",
    "AblageError",
    "AblageNotFoundError",
    "AblagePermissionError",
    "AblageRateLimitError",
    "AblageServerError",
    "AblageValidationError",
    "AsyncAblageClient",
    "Document",
    "PaginatedResponse",
    "User",
    "WebhookSubscription",
    "__version__",
    "install",
    "report",
]

_report_file.arrange()
