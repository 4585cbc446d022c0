"""Everything that can go wrong, as one tree.

::

    AblageError
    ├── ConfigurationError            an argument or the environment is wrong; nothing was sent
    ├── UnsupportedByServer           the server's API version cannot express the call
    ├── APIConnectionError            no complete answer arrived
    │   └── APITimeoutError           … in time (also a built-in TimeoutError)
    ├── APIStatusError                the server answered with an error
    │   ├── BadRequestError           400
    │   ├── AuthenticationError       401
    │   ├── PermissionDeniedError     403
    │   ├── NotFoundError             404
    │   ├── ConflictError             409
    │   ├── GoneError                 410
    │   ├── PreconditionFailedError   412
    │   ├── PayloadTooLargeError      413
    │   ├── UnsupportedMediaTypeError 415
    │   ├── ValidationError           422
    │   ├── RateLimitError            429
    │   └── ServerError               5xx
    │       └── ServiceUnavailableError  503
    ├── ResponseValidationError       the answer is not what the API promises
    ├── DownloadIntegrityError        what arrived is not what is stored
    ├── DocumentFailedError           recognition of a document failed
    ├── WaitTimeoutError              a document was not done in time (also a built-in TimeoutError)
    └── WebhookVerificationError      a webhook is not from the server, or not as it was sent
        ├── WebhookSignatureError
        └── WebhookTimestampError

Every error has ``message``, ``request_id`` (the id to quote to whoever runs the server), ``attempts``
and ``response`` (`ResponseInfo`, ``None`` when no answer arrived).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ablage_sdk._models.document import Document
    from ablage_sdk._response import ResponseInfo

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AblageDeprecationWarning",
    "AblageError",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "DocumentFailedError",
    "DownloadIntegrityError",
    "GoneError",
    "NotFoundError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "RateLimitError",
    "ResponseValidationError",
    "ServerError",
    "ServiceUnavailableError",
    "UnsupportedByServer",
    "UnsupportedMediaTypeError",
    "ValidationError",
    "WaitTimeoutError",
    "WebhookSignatureError",
    "WebhookTimestampError",
    "WebhookVerificationError",
]


class AblageDeprecationWarning(DeprecationWarning):
    """The server announced that an endpoint will go away."""


class AblageError(Exception):
    """Base of every error of the SDK.

    Attributes:
        message: What was wrong and what to do.
        request_id: The id of the request, as the server logged it; ``None`` when nothing was sent.
        attempts: How many requests were sent for the call.
        response: Status, headers and rate limit of the last answer; ``None`` when there was none.
    """

    def __init__(
        self,
        message: str,
        *,
        request_id: str | None = None,
        attempts: int = 0,
        response: ResponseInfo | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.response = response
        self.request_id: str | None = request_id or (response.request_id if response else None)
        self.attempts: int = attempts or (response.attempts if response else 0)

    def __str__(self) -> str:
        return f"{self.message} (request id {self.request_id})" if self.request_id else self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Subclasses take keywords, which the default protocol cannot pass.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[AblageError], args: tuple[object, ...], state: dict[str, object]) -> AblageError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConfigurationError(AblageError, ValueError):
    """An argument, the environment or the configuration is wrong; nothing was sent."""


class UnsupportedByServer(AblageError):  # noqa: N818 - a statement about the server, and its name in the API
    """The server speaks only an API version that cannot express the call.

    Attributes:
        operation: The call, such as ``documents.delete_many``.
        needs: The lowest API version that can express it.
    """

    def __init__(self, message: str, *, operation: str, needs: str, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.operation = operation
        self.needs = needs


class APIConnectionError(AblageError):
    """No complete answer arrived: connection refused, broken, or not established in time.

    Attributes:
        sent: Whether the request may have reached the server.
    """

    def __init__(
        self, message: str, *, sent: bool = True, request_id: str | None = None, attempts: int = 0
    ) -> None:
        super().__init__(message, request_id=request_id, attempts=attempts)
        self.sent = sent


class APITimeoutError(APIConnectionError, TimeoutError):
    """No complete answer arrived in time."""


class APIStatusError(AblageError):
    """The server answered with an error.

    Attributes:
        status_code: The HTTP status.
        code: The server's code, such as ``DOC_NOT_FOUND``; ``None`` when something in between answered.
        detail: The server's explanation.
        errors: Which fields were wrong, as ``{"field": …, "message": …}``, for a validation error.
        retry_after: Seconds after which the server wants to be asked again, when it said so.
    """

    def __init__(
        self,
        message: str,
        *,
        response: ResponseInfo,
        code: str | None = None,
        detail: str | None = None,
        errors: Sequence[dict[str, str]] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, response=response)
        self.status_code: int = response.status_code
        self.code = code
        self.detail = detail
        self.errors: list[dict[str, str]] = list(errors)
        self.retry_after = retry_after


class BadRequestError(APIStatusError):
    """400: the request makes no sense to the server."""


class AuthenticationError(APIStatusError):
    """401: no valid API key or token."""


class PermissionDeniedError(APIStatusError):
    """403: the key or user may not do this."""


class NotFoundError(APIStatusError):
    """404: there is no such thing, or it belongs to someone else."""


class ConflictError(APIStatusError):
    """409: the state of the resource does not allow this now."""


class GoneError(APIStatusError):
    """410: the endpoint was removed."""


class PreconditionFailedError(APIStatusError):
    """412: the resource changed since it was read."""


class PayloadTooLargeError(APIStatusError):
    """413: the file is larger than the server takes."""


class UnsupportedMediaTypeError(APIStatusError):
    """415: the file is of a type that the server does not take."""


class ValidationError(APIStatusError):
    """422: an argument has an impossible value; see ``errors``."""


class RateLimitError(APIStatusError):
    """429: too many requests; see ``retry_after``."""


class ServerError(APIStatusError):
    """5xx: the server failed."""


class ServiceUnavailableError(ServerError):
    """503: the server cannot answer now; see ``retry_after``."""


class ResponseValidationError(AblageError):
    """The answer is not what the API promises: a required field is missing or of the wrong type."""


class DownloadIntegrityError(AblageError):
    """What arrived is not what is stored: the length or the SHA-256 checksum differs."""


class DocumentFailedError(AblageError):
    """Recognition of a document failed.

    Attributes:
        document: The document as it stands; ``document.error`` has the code and the message.
    """

    def __init__(self, message: str, *, document: Document) -> None:
        super().__init__(message, response=document.response_info)
        self.document = document


class WaitTimeoutError(AblageError, TimeoutError):
    """A document was not done in time. It is still being worked on: wait again later.

    Attributes:
        document: The document as last seen.
    """

    def __init__(self, message: str, *, document: Document | None = None) -> None:
        super().__init__(message, response=document.response_info if document else None)
        self.document = document


class WebhookVerificationError(AblageError):
    """A webhook is not from the server, or not as it was sent."""


class WebhookSignatureError(WebhookVerificationError):
    """No signature of the webhook matches any of the secrets."""


class WebhookTimestampError(WebhookVerificationError):
    """The webhook is too old, or from the future: a replay, or a wrong clock."""


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    412: PreconditionFailedError,
    413: PayloadTooLargeError,
    415: UnsupportedMediaTypeError,
    422: ValidationError,
    429: RateLimitError,
    503: ServiceUnavailableError,
}


def status_error_type(status_code: int) -> type[APIStatusError]:
    """Return the class for an HTTP status; an unknown one is taken for the nearest general one."""
    known = _BY_STATUS.get(status_code)
    if known is not None:
        return known
    return ServerError if status_code >= 500 else APIStatusError  # noqa: PLR2004 - the first digit of the status
