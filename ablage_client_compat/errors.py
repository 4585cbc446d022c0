"""The errors of the old client.

::

    AblageError
    └── AblageAPIError            the server said no, or could not be reached (status_code None)
        ├── AblageValidationError       400, 422
        ├── AblageAuthenticationError   401
        ├── AblagePermissionError       403
        ├── AblageNotFoundError         404
        ├── AblageRateLimitError        429
        └── AblageServerError           5xx

`ablage_client.exceptions` is this module.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import ablage_sdk

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AblageAPIError",
    "AblageAuthenticationError",
    "AblageError",
    "AblageNotFoundError",
    "AblagePermissionError",
    "AblageRateLimitError",
    "AblageServerError",
    "AblageValidationError",
    "error_for_status",
]


class AblageError(Exception):
    """The base of everything that the old client raises."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class AblageAPIError(AblageError):
    """A call failed.

    Attributes:
        message: What was wrong, as the server said it.
        status_code: The HTTP status, or None when there was no answer.
        error_code: The server's code, such as ``DOC_NOT_FOUND``, if it sent one.
        request_id: What to quote when asking for help, if the server sent one.
        retry_after: Seconds after which the server wants to be asked again, if it said so.
    """

    def __init__(
        self,
        message: str = "",
        status_code: int | None = None,
        error_code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.error_code = error_code
        self.request_id = request_id
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[object, ...]:
        arguments = (self.message, self.status_code, self.error_code, self.request_id, self.retry_after)
        return type(self), arguments, self.__dict__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, status_code={self.status_code})"


class AblageValidationError(AblageAPIError):
    """The request was refused as wrong: 400 or 422."""


class AblageAuthenticationError(AblageAPIError):
    """No valid API key or login: 401."""


class AblagePermissionError(AblageAPIError):
    """The key or the user may not do this: 403."""


class AblageNotFoundError(AblageAPIError):
    """There is no such thing, or it belongs to someone else: 404."""


class AblageRateLimitError(AblageAPIError):
    """Too many requests: 429."""


class AblageServerError(AblageAPIError):
    """The server failed: 5xx."""


_BY_STATUS: dict[int, type[AblageAPIError]] = {
    400: AblageValidationError,
    401: AblageAuthenticationError,
    403: AblagePermissionError,
    404: AblageNotFoundError,
    422: AblageValidationError,
    429: AblageRateLimitError,
}
_SERVER_ERROR = 500


def error_for_status(status_code: int | None) -> type[AblageAPIError]:
    """Return the class for an HTTP status; without an answer it is `AblageAPIError` itself."""
    if status_code is None:
        return AblageAPIError
    if status_code >= _SERVER_ERROR:
        return AblageServerError
    return _BY_STATUS.get(status_code, AblageAPIError)


def old_error(error: ablage_sdk.AblageError) -> AblageError | TimeoutError:
    """Return the old client's error for one of the SDK's; the status decides the class."""
    if isinstance(error, ablage_sdk.UnsupportedByServer) and isinstance(
        error.__cause__, ablage_sdk.APIStatusError
    ):
        error = error.__cause__  # what the server answered is what the old client told
    if isinstance(error, ablage_sdk.WaitTimeoutError):
        return TimeoutError(error.message)
    if isinstance(error, ablage_sdk.ConfigurationError):
        return AblageError(error.message)
    if isinstance(error, ablage_sdk.DocumentFailedError):
        failure = error.document.error
        return AblageAPIError(
            f"Processing of document {error.document.id} failed: {failure.message if failure else 'unknown'}",
            error_code=failure.code if failure else None,
            request_id=error.request_id,
        )
    if isinstance(error, ablage_sdk.APIStatusError):
        return error_for_status(error.status_code)(
            error.detail or error.message, error.status_code, error.code, error.request_id, error.retry_after
        )
    return AblageAPIError(error.message, request_id=error.request_id)


def no_such_name(owner: str, name: str, known: Iterable[str]) -> AttributeError:
    """Return the `AttributeError` for ``owner.name``, with the nearest name that exists.

    Args:
        owner: The object, as in ``AblageClient.documents``.
        name: The name that it does not have.
        known: The names that it has.
    """
    names = sorted({candidate for candidate in known if not candidate.startswith("_")})
    words = sorted(name.split("_"))
    nearest = (
        [candidate for candidate in names if candidate.startswith(f"{name}_")]
        or get_close_matches(name, names, n=1, cutoff=0.6)
        or [candidate for candidate in names if sorted(candidate.split("_")) == words]  # `text_ocr`
    )
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"it has: {', '.join(names)}"
    return AttributeError(f"{owner!r} has no attribute {name!r}; {hint}")
