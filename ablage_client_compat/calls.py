"""What every name of the old client does besides its work: it warns, counts, and raises the old errors."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import ablage_sdk
from ablage_client_compat.errors import AblageAPIError, AblageError, error_for_status
from ablage_client_compat.warnings import used

F = TypeVar("F", bound="Callable[..., Any]")

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from typing_extensions import deprecated
else:

    def deprecated(message: str, *, category: None) -> Callable[[F], F]:  # noqa: ARG001  # as PEP 702 has it
        """Mark as deprecated for type checkers; `legacy` warns."""

        def mark(target: F) -> F:
            target.__deprecated__ = message
            return target

        return mark


__all__ = ["deprecated", "legacy", "legacy_attribute", "old_error"]

R = TypeVar("R")


def legacy(function: F) -> F:
    """Make a method of the old client out of a function that calls the SDK.

    Below it stands ``@deprecated("Write …", category=None)``, from which type checkers and the warning take
    the replacement. The class has ``_path``, the way to it in legacy code. A coroutine function warns when it
    is called, not when it is awaited, so that the warning points at the line of the call.
    """
    replacement: str = function.__deprecated__  # type: ignore[attr-defined]  # see the docstring
    name = function.__name__

    if inspect.iscoroutinefunction(function):

        def call_async(self: Any, /, *args: Any, **kwargs: Any) -> Awaitable[Any]:
            used(f"{self._path}.{name}()", replacement, self._connection)
            return _translating(function(self, *args, **kwargs))

        call: Callable[..., Any] = call_async
        if sys.version_info >= (3, 12):
            inspect.markcoroutinefunction(call)
    else:

        def call_sync(self: Any, /, *args: Any, **kwargs: Any) -> Any:
            used(f"{self._path}.{name}()", replacement, self._connection)
            try:
                return function(self, *args, **kwargs)
            except (ablage_sdk.AblageError, ablage_sdk.WaitTimeoutError) as error:
                raise old_error(error) from None

        call = call_sync
    return functools.wraps(function)(call)  # type: ignore[return-value]  # the same signature


async def _translating(work: Awaitable[R]) -> R:
    try:
        return await work
    except ablage_sdk.AblageError as error:
        raise old_error(error) from None


def legacy_attribute(function: F) -> F:
    """Do for the getter of a property what `legacy` does for a method."""
    replacement: str = function.__deprecated__  # type: ignore[attr-defined]  # see `legacy`
    name = function.__name__

    def read(self: Any) -> Any:
        used(f"{type(self).__name__}.{name}", replacement)
        return function(self)

    return functools.wraps(function)(read)  # type: ignore[return-value]  # the same signature


def old_error(error: ablage_sdk.AblageError) -> AblageError | TimeoutError:
    """Return the old client's error for one of the SDK's; the table in `errors` decides the class."""
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
