"""What can go wrong, in the server's own words.

Services raise these. What each code means to a client over the network is said in `server_stub.api.problems`,
and what can go wrong only there in `server_stub.api.errors`::

    AblageServerError
    ├── AuthenticationError       AUTH_REQUIRED, AUTH_INVALID_CREDENTIALS, AUTH_TOKEN_EXPIRED, …
    ├── PermissionDeniedError     PERM_DENIED
    ├── NotFoundError             DOC_NOT_FOUND, USER_NOT_FOUND, …
    ├── ConflictError             DOC_PROCESSING, IDEMPOTENCY_KEY_IN_USE, USER_EMAIL_TAKEN, …
    ├── TooLargeError             DOC_TOO_LARGE, REQUEST_TOO_LARGE
    ├── InvalidFormatError        DOC_INVALID_FORMAT
    ├── InvalidRequestError       VALIDATION_ERROR, OCR_BACKEND_UNKNOWN, IDEMPOTENCY_KEY_REUSED, …
    ├── TooManyRequestsError      AUTH_LOCKED
    └── UnavailableError          SYS_OVERLOADED, SYS_DATABASE_ERROR, SYS_MAINTENANCE

What whoever runs the server can put right is an `OperatorError`: its message is printed, without a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AblageServerError",
    "AuthenticationError",
    "ConflictError",
    "FieldError",
    "InvalidFormatError",
    "InvalidRequestError",
    "NotFoundError",
    "OperatorError",
    "PermissionDeniedError",
    "SettingsError",
    "StartupError",
    "TooLargeError",
    "TooManyRequestsError",
    "UnavailableError",
    "invalid_field",
]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with one field of a request.

    Attributes:
        field: Where: a name, or a path such as ``metadata.customer``.
        message: What is wrong and what would be right.
    """

    field: str
    message: str


class AblageServerError(Exception):
    """Base of everything that the server answers as an error.

    Args:
        message: What was wrong and what to do, for the person who reads the answer.
        code: One of the published codes.
        errors: The fields concerned.
        wait: Seconds after which another try may succeed.
    """

    default_code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        wait: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.errors = tuple(errors)
        self.wait = wait


class AuthenticationError(AblageServerError):
    """Nobody could be recognised behind the request."""

    default_code = "AUTH_REQUIRED"


class PermissionDeniedError(AblageServerError):
    """The caller is known and may not do this."""

    default_code = "PERM_DENIED"


class NotFoundError(AblageServerError):
    """There is no such thing, or the caller may not know that there is."""

    default_code = "NOT_FOUND"


class ConflictError(AblageServerError):
    """The request does not fit the present state."""

    default_code = "CONFLICT"


class TooLargeError(AblageServerError):
    """More bytes than allowed."""

    default_code = "DOC_TOO_LARGE"


class InvalidFormatError(AblageServerError):
    """Not a file that can be archived."""

    default_code = "DOC_INVALID_FORMAT"


class InvalidRequestError(AblageServerError):
    """The request is understood and wrong."""

    default_code = "VALIDATION_ERROR"


class TooManyRequestsError(AblageServerError):
    """Too much in too little time; ``wait`` says how long to pause."""

    default_code = "AUTH_LOCKED"


class UnavailableError(AblageServerError):
    """The server cannot serve this now; trying again later may help."""

    default_code = "SYS_OVERLOADED"


class OperatorError(Exception):
    """Whoever runs the server can put it right; the message says what is wrong and what to do."""


class SettingsError(OperatorError):
    """The server cannot be set up like this; the message says what to change."""


class StartupError(OperatorError):
    """The server cannot start; the message says why and what to do."""


def invalid_field(field: str, message: str, *, code: str | None = None) -> InvalidRequestError:
    """Return the error for one wrong field."""
    return InvalidRequestError(f"{field}: {message}", code=code, errors=[FieldError(field, message)])
