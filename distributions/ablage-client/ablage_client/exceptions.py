"""The errors."""

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

__all__ = [
    "AblageAPIError",
    "AblageAuthenticationError",
    "AblageError",
    "AblageNotFoundError",
    "AblagePermissionError",
    "AblageRateLimitError",
    "AblageServerError",
    "AblageValidationError",
]
