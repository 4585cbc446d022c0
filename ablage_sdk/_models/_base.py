"""What all models share: unknown fields are kept, and the way back to JSON is exact."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, PrivateAttr

from ablage_sdk._response import ResponseInfo

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["Confidence", "Model", "Number", "OpenEnum", "Resource", "Timestamp"]

if TYPE_CHECKING:
    Number: TypeAlias = float
else:
    #: A number that goes back to JSON as it came: ``72`` does not become ``72.0``.
    Number = float | int


def _exact(value: object) -> object:
    # Pydantic would make 1 of 1.0.
    return Decimal(repr(value)) if isinstance(value, float) else value


def _number(value: Decimal) -> float | int:
    return int(value) if value.as_tuple().exponent == 0 else float(value)


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


#: 0 to 1 with four decimals; exact in Python, a number in JSON.
Confidence = Annotated[
    Decimal, BeforeValidator(_exact), PlainSerializer(_number, return_type=float | int, when_used="json")
]

#: An aware point in time. Releases before 2.0 left the zone out and meant UTC.
Timestamp = Annotated[datetime, AfterValidator(_utc)]


class Model(BaseModel):
    """Part of an answer. Fields that this version of the SDK does not know are in ``model_extra``."""

    # Validators are built when they are first needed: most programs need few of them.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="allow", frozen=True, protected_namespaces=(), defer_build=True
    )

    def to_dict(self) -> dict[str, JsonValue]:
        """Return plain JSON values, equal to what the server sent, unknown fields included."""
        return self.model_dump(mode="json", exclude_unset=True)


class Resource(Model):
    """An answer of its own; it knows the response it came with."""

    _response_info: ResponseInfo | None = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        # The same document fetched twice is the same document.
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__ and self.model_extra == other.model_extra

    __hash__ = None  # type: ignore[assignment]  # there are lists and mappings inside

    @property
    def response_info(self) -> ResponseInfo | None:
        """Status, headers, attempts and rate limit; ``None`` for items of a list."""
        return self._response_info

    @property
    def request_id(self) -> str | None:
        """The id under which the server logged the request; ``None`` for items of a list."""
        return self._response_info.request_id if self._response_info else None


class OpenEnum(StrEnum):
    """An enumeration that later servers may extend: an unknown value is kept as it is."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether this version of the SDK knows the value."""
        return self._name_ in type(self).__members__
