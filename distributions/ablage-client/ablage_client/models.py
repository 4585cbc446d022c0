"""The models."""

from ablage_client_compat.models import (
    ApiKey,
    Document,
    PaginatedResponse,
    Record,
    User,
    WebhookSubscription,
)

__all__ = [
    "ApiKey",
    "Document",
    "PaginatedResponse",
    "Record",
    "User",
    "WebhookSubscription",
]
