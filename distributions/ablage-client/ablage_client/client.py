"""The client."""

from ablage_client_compat.client import (
    AblageClient,
    AsyncAblageClient,
)

__all__ = [
    "AblageClient",
    "AsyncAblageClient",
]
