"""What to send and how to read the answer, without doing either.

A resource method builds an `Operation`; the executor sends it. Everything between the two is a pure
function, so that it exists once for the sync and the async client.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

from ablage_sdk._exceptions import ConfigurationError, ResponseValidationError
from ablage_sdk._response import RawResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from pydantic import BaseModel, JsonValue
    from pydantic import ValidationError as PydanticValidationError

    from ablage_sdk._models.page import PageData
    from ablage_sdk._response import Answer
    from ablage_sdk._sources import Upload

__all__ = [
    "V1",
    "Convert",
    "Operation",
    "Parameter",
    "Query",
    "given",
    "nothing",
    "one",
    "page_of",
    "path",
    "plain",
    "query",
    "timestamp",
    "unchanged",
    "whole_path",
]

T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound="BaseModel")

#: Query parameters in order; a repeated name is a list.
Query: TypeAlias = "tuple[tuple[str, str], ...]"
#: The value of a query parameter; ``None`` leaves it out.
Parameter: TypeAlias = "str | float | bool | Iterable[str] | None"
#: Converts a JSON object from one version of the API to the other.
Convert: TypeAlias = "Callable[[dict[str, object]], Mapping[str, object]]"


def unchanged(value: dict[str, object]) -> Mapping[str, object]:
    """Return what is the same in both versions."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class V1:
    """How v1 expresses an operation.

    Attributes:
        parameters: Query parameters and members of the body that v1 has.
        query: Converts the query.
        body: Converts a JSON body.
        answer: Converts the JSON of the answer; ``None`` for answers that are not JSON.
    """

    parameters: frozenset[str] = frozenset()
    query: Callable[[Query], Query] = lambda query: query
    body: Convert = unchanged
    answer: Convert | None = unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[T_co]):
    """One call of one endpoint.

    Attributes:
        name: Such as ``documents.get``.
        method: HTTP method.
        path: Path below the version prefix, such as ``/documents/{id}``, already filled in.
        read: Makes the result from the answer.
        query: Query parameters.
        json: Body, for a JSON request.
        upload: Body, for an upload.
        headers: Further headers.
        versioned: Whether the path is below a version prefix.
        authenticated: Whether credentials are sent.
        extra_read_time: Seconds that the server may take on top of the read timeout.
        idempotency_key: For a ``POST``; one is made when missing.
        expected: Statuses that are no error; ``None`` for all from 200 to 299.
        v1: How v1 expresses it; ``None``: it cannot.
    """

    name: str
    method: str
    path: str
    read: Callable[[Answer], T_co]
    query: Query = ()
    json: JsonValue | None = None
    upload: Upload | None = None
    headers: tuple[tuple[str, str], ...] = ()
    versioned: bool = True
    authenticated: bool = True
    extra_read_time: float = 0.0
    idempotency_key: str | None = None
    expected: frozenset[int] | None = None
    v1: V1 | None = None

    def accepts(self, status_code: int) -> bool:
        """Tell whether a status is a success."""
        return 200 <= status_code < 300 if self.expected is None else status_code in self.expected  # noqa: PLR2004

    def url(self, base_url: str, version: str) -> str:
        """Return the address for an API version (``"1.0"`` or ``"2.0"``)."""
        prefix = f"/api/v{version[0]}" if self.versioned else ""
        question = f"?{urlencode(self.query)}" if self.query else ""
        return f"{base_url}{prefix}{self.path}{question}"


def path(template: str, **parts: str) -> str:
    """Fill a path template; ids are escaped, and an empty one is refused before it means a list."""
    for name, value in parts.items():
        if not value or not isinstance(value, str):
            msg = f"{name} must be a non-empty string; got {value!r}"
            raise ConfigurationError(msg)
        if value in {".", ".."}:
            msg = f"{name} must be an id; got {value!r}"
            raise ConfigurationError(msg)
    return template.format(**{name: quote(value, safe="") for name, value in parts.items()})


def whole_path(text: str) -> str:
    """Check a path from the root of the server on; it must not lead to another one, with our key."""
    if not text.startswith("/") or text.startswith("//") or re.search(r"[?#\\\s]", text):
        msg = f"path must look like /api/v2/documents, with what follows a '?' in query=…; got {text!r}"
        raise ConfigurationError(msg)
    return text


def query(parameters: Mapping[str, Parameter]) -> Query:
    """Return the parameters that were given; a list repeats its name."""
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        if value is None:
            continue
        if isinstance(value, bool):
            pairs.append((name, "true" if value else "false"))
        elif isinstance(value, (str, int, float)):
            pairs.append((name, str(value)))
        else:
            pairs.extend((name, item) for item in value)
    return tuple(pairs)


def given(**members: str | bool | Iterable[str] | None) -> dict[str, JsonValue]:
    """Return the members of a JSON body that were given."""
    return {
        name: value if isinstance(value, (str, bool)) else list(value)
        for name, value in members.items()
        if value is not None
    }


def timestamp(name: str, value: datetime | None) -> str | None:
    """Write a point in time as RFC 3339; one without a zone would mean another time elsewhere."""
    if value is None:
        return None
    if value.tzinfo is None:
        msg = f"{name} must have a time zone, such as datetime(…, tzinfo=UTC); got {value!r}"
        raise ConfigurationError(msg)
    return value.isoformat()


def one(model: type[M]) -> Callable[[Answer], M]:
    """Return a reader for an answer that is one model, which is built when the first one arrives."""

    def read(answer: Answer) -> M:
        result: M = _reader(model)(answer)  # the cache forgets the type
        return result

    return read


@cache
def _reader(model: type[M]) -> Callable[[Answer], M]:
    # With it comes pydantic: not before it is needed.
    from pydantic import ValidationError as PydanticValidationError  # noqa: PLC0415

    from ablage_sdk._models._base import Resource  # noqa: PLC0415

    model.model_rebuild()
    validate = model.__pydantic_validator__.validate_json
    keeps_info = issubclass(model, Resource)

    def read(answer: Answer) -> M:
        try:
            result: M = validate(answer.content)
        except PydanticValidationError as exc:
            raise _unreadable(exc, model, answer) from exc
        if keeps_info:
            result._response_info = answer.info  # type: ignore[attr-defined]  # noqa: SLF001 - our own base class
        return result

    return read


def page_of(model: type[M]) -> Callable[[Answer], PageData[M]]:
    """Return a reader for an answer that is a page of models."""

    def read(answer: Answer) -> PageData[M]:
        result: PageData[M] = _reader(_page_model(model))(answer)  # the cache forgets the type
        return result

    return read


@cache
def _page_model(model: type[M]) -> type[PageData[M]]:
    from ablage_sdk._models.page import PageData  # noqa: PLC0415 - as above

    return PageData[model]  # type: ignore[valid-type]  # a class made at run time


def plain(answer: Answer) -> RawResponse[JsonValue]:
    """Read an answer that no model describes; ``parse`` gives its JSON, ``None`` for no content."""

    def parse() -> JsonValue:
        if not answer.content:
            return None
        try:
            value: JsonValue = json.loads(answer.content)
        except ValueError as exc:
            kind = answer.info.headers.get("content-type", "no content type")
            msg = f"the server's answer is not JSON ({kind}): {exc}; its bytes are in content"
            raise ResponseValidationError(msg, response=answer.info) from exc
        return value

    return RawResponse(answer.info, answer.content, parse)


def nothing(_: Answer) -> None:
    """Read an answer without content."""


def _unreadable(
    exc: PydanticValidationError, model: type[BaseModel], answer: Answer
) -> ResponseValidationError:
    first = exc.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"])) or "the body"
    kind = answer.info.headers.get("content-type", "no content type")
    return ResponseValidationError(
        f"the server's answer is not a valid {model.__name__}: {where}: {first['msg']} "
        f"(status {answer.info.status_code}, {kind}). Is base_url an Ablage server, "
        "and is something between changing its answers?",
        response=answer.info,
    )
