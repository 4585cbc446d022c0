"""JSON objects that can be read as items and as attributes.

Some programs read answers as plain JSON, others as objects. A `Record` is both: a real
`dict` of JSON values (``json.dumps`` takes it, ``record["created_at"]`` is text) whose keys are attributes as
well, with the types that the objects had (``record.created_at`` is a `datetime`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ablage_client_compat.errors import no_such_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_SECRETS = frozenset({"access_token", "refresh_token", "key", "secret"})

__all__ = ["Deferred", "Record", "as_json", "as_time"]


class Deferred:
    """A value that is made when somebody first looks at it."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def value(self) -> object:
        """Return the value; every thread gets the same object."""
        known = self.__dict__.get("known", self)
        return self.__dict__.setdefault("known", self._make()) if known is self else known


class Record(dict[str, Any]):  # Any: legacy code indexes JSON freely, `object` would flag all of it
    """A JSON object of the old client; see the module."""

    #: Keys whose attribute is an aware `datetime`; as an item they are RFC 3339 text.
    _times: ClassVar[frozenset[str]] = frozenset()
    #: Further names of a key, other name → key.
    _aliases: ClassVar[Mapping[str, str]] = {}
    #: What an attribute is when the key is missing; a callable makes it.
    _missing: ClassVar[Mapping[str, Callable[[], object]]] = {}

    #: What `repr` shows; everything when empty.
    _shown: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Make one from the mapping that `to_dict` returned, or that the v1 API answered."""
        return cls(data)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object: plain, independent of this one, times as RFC 3339 text."""
        plain = as_json(self)
        assert isinstance(plain, dict)  # noqa: S101  # a mapping becomes one
        return plain

    def __missing__(self, key: str) -> object:
        if key in self._aliases and self._aliases[key] in self:
            return self[self._aliases[key]]
        raise KeyError(key)

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if type(value) is Deferred:
            value = value.value()
            super().__setitem__(key, value)
        return value

    if not TYPE_CHECKING:  # a type checker shall know the declared attributes only

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            try:
                value = self[name]
            except KeyError:
                if name not in self._missing:
                    raise self._unknown(name) from None
                value = self._read(name)
            return as_time(value) if name in self._times else value

    def __setattr__(self, name: str, value: object) -> None:
        key = self._aliases.get(name, name)
        if key in self or key in self._missing:
            self[key] = value
        else:
            super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        if name in self:
            del self[name]
        else:
            super().__delattr__(name)

    def _unknown(self, name: str) -> AttributeError:
        known = {*dir(type(self)), *self, *self._missing, *self._aliases} - set(dir(dict))
        return no_such_name(type(self).__name__, name, known)

    def _read(self, key: str) -> Any:
        """Return the value of a key, or what its attribute is when the key is missing."""
        if key in self or self._aliases.get(key) in self:
            return self[key]
        value = self._missing[key]()
        return self.setdefault(key, value) if isinstance(value, (list, dict)) else value

    # Whatever reads several keys at once sees no deferred value. (`dict(record)` and `{**record}` go through
    # keys() and [] because of __iter__.)

    def _load(self) -> None:
        for key in self:
            self[key]

    def __iter__(self) -> Iterator[str]:
        return iter(super().keys())

    def get(self, key: str, default: object = None, /) -> Any:
        """Return ``record[key]``, or ``default``."""
        try:
            return self[key]
        except KeyError:
            return default

    if not TYPE_CHECKING:  # the signatures are those of dict

        def pop(self, key: str, /, *default: object) -> object:
            """Remove ``key`` and return its value."""
            self._load()
            return super().pop(key, *default)

        def popitem(self) -> tuple[str, object]:
            """Remove the last key and return it with its value."""
            self._load()
            return super().popitem()

        def setdefault(self, key: str, default: object = None, /) -> object:
            """Return ``record[key]``, setting it first when missing."""
            return self[key] if key in self else super().setdefault(key, default)

        def values(self) -> object:
            """Return the values."""
            self._load()
            return super().values()

        def items(self) -> object:
            """Return the keys with their values."""
            self._load()
            return super().items()

    def copy(self) -> Self:
        """Return a shallow copy."""
        return self.__copy__()

    def __copy__(self) -> Self:
        self._load()
        twin = type(self)(self)
        vars(twin).update(vars(self))
        return twin

    if not TYPE_CHECKING:  # the operators are those of dict

        def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
            return {**self, **other}

        def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
            return {**other, **self}

    def __eq__(self, other: object) -> bool:
        self._load()
        if isinstance(other, Record):
            other._load()  # another of us
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # as every dict

    def __repr__(self) -> str:
        fields = ", ".join(
            f"{key}={'***' if key in _SECRETS else repr(self[key])}"
            for key in self._shown or self
            if key in self
        )
        return f"{type(self).__name__}({fields})"


def as_time(value: object) -> object:
    """Return RFC 3339 text as an aware `datetime` (UTC when it names no zone); other values as they are."""
    if not isinstance(value, str):
        return value
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_json(value: object) -> object:
    """Return ``value`` as JSON has it: plain containers, numbers as float, times as RFC 3339 text in UTC."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value
