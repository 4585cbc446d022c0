"""What the declaration of an endpoint consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from ablage_sdk._operation import Operation, path

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

    from ablage_sdk._operation import V1, Query
    from ablage_sdk._response import Answer
    from ablage_sdk._sources import Upload

__all__ = ["Endpoint"]

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[T_co]):
    """One endpoint of the API. Called with what one call needs, it gives the `Operation`.

    Attributes:
        name: Such as ``documents.get``, as users write it.
        method: HTTP method.
        path: Path below the version prefix; ids stand in braces.
        read: Makes the result from the answer.
        v1: How v1 expresses it; ``None``: it has nothing like it.
        versioned: Whether the path is below a version prefix.
        authenticated: Whether credentials are sent.
        expected: Statuses that are no error; ``None`` for all from 200 to 299.
    """

    name: str
    method: str
    path: str
    read: Callable[[Answer], T_co]
    v1: V1 | None = None
    versioned: bool = True
    authenticated: bool = True
    expected: frozenset[int] | None = None

    def __call__(
        self,
        *,
        query: Query = (),
        json: JsonValue | None = None,
        upload: Upload | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        extra_read_time: float = 0.0,
        idempotency_key: str | None = None,
        **ids: str,
    ) -> Operation[T_co]:
        """Return one call of this endpoint.

        Args:
            query: Query parameters.
            json: Body, for a JSON request.
            upload: Body, for an upload.
            headers: Further headers.
            extra_read_time: Seconds that the server may take on top of the read timeout.
            idempotency_key: For a ``POST``; one is made when missing.
            **ids: What stands in the braces of the path.

        Raises:
            ConfigurationError: An id is none.
        """
        return Operation(
            name=self.name,
            method=self.method,
            path=path(self.path, **ids) if ids else self.path,
            read=self.read,
            query=query,
            json=json,
            upload=upload,
            headers=headers,
            versioned=self.versioned,
            authenticated=self.authenticated,
            extra_read_time=extra_read_time,
            idempotency_key=idempotency_key,
            expected=self.expected,
            v1=self.v1,
        )
