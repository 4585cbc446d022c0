"""Classes that old programs import, and what errors have."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.model import Class, Member, kept

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule

__all__ = ["RULES"]

_FAILURE = (
    "error.document.error.code if isinstance(error, DocumentFailedError) and error.document.error"
    ' else getattr(error, "code", None)'
)
_model = partial(Class, owner="", dialects="A")
_error = partial(Class, owner="AblageError")
_attribute = partial(Member, owner="AblageError")


def _of_answers(owner: str) -> list[Rule]:
    """Return the rules of an error that always comes from an answer of the server."""
    return [
        *kept(owner, "status_code"),
        Member(owner=owner, name="error_code", new="code"),
        *kept(owner, "retry_after"),
    ]


RULES: list[Rule] = [
    _model(
        name="AblageClient",
        new=("AblageSDK",),
        dialects="A B C",
        advice="Write `AblageSDK(api_key=…, base_url=…)` from `ablage_sdk`.",
    ),
    Class(
        owner="AblageClient",
        name="AsyncAblageClient",
        new=("AsyncAblageSDK",),
        dialects="async",
        advice="Write `AsyncAblageSDK(api_key=…, base_url=…)` from `ablage_sdk`.",
    ),
    _model(name="Document", new=("Document",)),
    _model(name="User", new=("User",)),
    _model(name="WebhookSubscription", new=("WebhookSubscription",)),
    _model(name="PaginatedResponse", new=("Page",)),
    _model(name="ApiKey", new=("APIKey",)),
    _error(name="AblageError", new=("AblageError",)),
    _error(
        name="AblageAPIError",
        new=("APIStatusError", "APIConnectionError", "DocumentFailedError"),
        base="AblageError",
    ),
    _error(name="AblageValidationError", new=("BadRequestError", "ValidationError"), base="APIStatusError"),
    _error(name="AblageAuthenticationError", new=("AuthenticationError",)),
    _error(name="AblagePermissionError", new=("PermissionDeniedError",)),
    _error(name="AblageNotFoundError", new=("NotFoundError",)),
    _error(name="AblageRateLimitError", new=("RateLimitError",)),
    _error(name="AblageServerError", new=("ServerError",)),
    *kept("AblageError", "message"),
    _attribute(name="status_code", expression='getattr(error, "status_code", None)'),
    _attribute(name="error_code", expression='getattr(error, "code", None)', may_fail=_FAILURE),
    *kept("AblageError", "request_id"),
    _attribute(name="retry_after", expression='getattr(error, "retry_after", None)'),
    *_of_answers("AblageValidationError"),
    *_of_answers("AblageAuthenticationError"),
    *_of_answers("AblagePermissionError"),
    *_of_answers("AblageNotFoundError"),
    *_of_answers("AblageRateLimitError"),
    *_of_answers("AblageServerError"),
]
