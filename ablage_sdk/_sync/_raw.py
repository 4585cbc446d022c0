# Generated from ablage_sdk/_async/_raw.py by scripts/generate_sync.py: do not edit.
"""``with_raw_response``: the methods of a resource, each with the answer that its result was read from."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

from ablage_sdk._exceptions import ResponseValidationError
from ablage_sdk._response import RawResponse
from ablage_sdk._sync._resource import Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from ablage_sdk._response import Answer

__all__ = ["Raw", "raw"]

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=Resource)
R_co = TypeVar("R_co", bound=Resource, covariant=True)


class Raw(Generic[R_co]):
    """The methods of a resource that send requests; each returns a `RawResponse`.

    When a method sends several requests, the last answer is the one returned.
    """

    def __init__(self, resource: R_co) -> None:
        self._resource = resource


def raw(
    method: Callable[Concatenate[R, P], T],
) -> Callable[[Callable[..., None]], Callable[Concatenate[Raw[R], P], RawResponse[T]]]:
    """Make what stands below it call a method of the resource, with the same arguments."""

    @wraps(method)
    def call(self: Raw[R], /, *args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        answers: list[Answer] = []
        resource = self._resource._recording(answers)  # noqa: SLF001 - no name for users
        try:
            result = method(resource, *args, **kwargs)
        except ResponseValidationError as exc:
            # What arrived is what the caller wants to see now; `parse` says what is wrong with it.
            return RawResponse(answers[-1].info, answers[-1].content, _raising(exc))
        return RawResponse(answers[-1].info, answers[-1].content, lambda: result)

    return lambda _: call


def _raising(error: ResponseValidationError) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail
