"""A page of results that serves all three dialects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, SupportsIndex, TypeVar, overload

from ablage_client_compat.errors import no_such_name
from ablage_client_compat.records import Deferred, Record, as_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["PaginatedResponse"]

T = TypeVar("T")
_KEYS = ("items", "total", "page", "page_size", "total_pages")
_OTHER_KEYS = ("data", "pagination")  # dialect B


class _FromDict(Protocol):
    """Any model of the old client."""

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> object: ...


class _Numbers:
    """Where in the whole list a page is."""

    def __init__(self, total: int | Deferred, page: int, page_size: int, total_pages: int | None) -> None:
        self._total = total
        self.page = page
        self.page_size = page_size
        self._total_pages = total_pages

    @property
    def total(self) -> int:
        if isinstance(self._total, Deferred):
            total = self._total.value()
            assert isinstance(total, int)  # noqa: S101  # what the client defers
            self._total = total
        return self._total

    @property
    def total_pages(self) -> int:
        return -(-self.total // self.page_size) if self._total_pages is None else self._total_pages

    def as_pagination(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "page": self.page,
            "per_page": self.page_size,
            "total_pages": self.total_pages,
        }

    def __repr__(self) -> str:
        total = "?" if isinstance(self._total, Deferred) else self._total
        return f"page={self.page}, page_size={self.page_size}, total={total}"


class _Items(list[T]):
    """The list ``page.items``; called, it is the ``items()`` of a mapping, which `json` asks a dict for."""

    numbers: _Numbers

    def __call__(self) -> list[tuple[str, object]]:
        return [("data", list(self)), ("pagination", self.numbers.as_pagination())]

    def __reduce__(self) -> tuple[object, ...]:
        return list, (list(self),)


if TYPE_CHECKING:

    class _Base(Generic[T]):
        """Nothing of `dict` for type checkers: `items` and iteration mean something else here."""

else:

    class _Base(dict, Generic[T]):
        """A real dict, so that ``json.dumps`` takes the page as dialect B's answer."""


class PaginatedResponse(_Base[T]):
    """One page of a list.

    ``page.items``, ``page.total``, ``page.page``, ``page.page_size``, ``page.total_pages``; it can be
    iterated, measured and indexed (``page[0]``); and it reads as dialect B's JSON: ``page["data"]`` and
    ``page["pagination"]["total"]``.

    Args:
        items: What is on the page.
        total: How many there are on all pages, or how to find out.
        page: The number of the page, from 1.
        page_size: How many fit on a page.
        total_pages: How many pages there are; worked out when not given.
    """

    #: What `from_dict` makes of an item when nobody says; `models` does.
    _default_item: ClassVar[type[Record]] = Record

    def __init__(
        self,
        items: Sequence[T],
        total: int | Deferred | None = None,
        page: int = 1,
        page_size: int = 20,
        total_pages: int | None = None,
    ) -> None:
        self.items = _Items(items)
        total = len(self.items) if total is None else total
        self._numbers = self.items.numbers = _Numbers(total, page, page_size, total_pages)
        if not TYPE_CHECKING:
            super().__init__(data=None, pagination=None)  # json writes a dict without keys as {}

    @property
    def total(self) -> int:
        """How many there are on all pages. Finding out may need a request, once."""
        return self._numbers.total

    @property
    def page(self) -> int:
        """The number of this page, from 1."""
        return self._numbers.page

    @property
    def page_size(self) -> int:
        """How many fit on a page."""
        return self._numbers.page_size

    @property
    def total_pages(self) -> int:
        """How many pages there are."""
        return self._numbers.total_pages

    @staticmethod
    def from_dict(
        data: Mapping[str, Any], item_class: type[_FromDict] | None = None
    ) -> PaginatedResponse[Any]:
        """Make a page from what `to_dict` returned, or from the answer of the v1 API.

        Args:
            data: ``items`` (or ``data``) and the numbers.
            item_class: A model whose `from_dict` makes the items; without one they are documents.
        """
        item = item_class or PaginatedResponse._default_item
        given: dict[str, Any] = dict(data)
        numbers = {**given, **given.get("pagination", {})}
        items = given["items"] if "items" in given else given["data"]
        return PaginatedResponse(
            [item.from_dict(values) for values in items],
            numbers.get("total"),
            numbers.get("page", 1),
            numbers.get("page_size", numbers.get("per_page", 20)),
            numbers.get("total_pages"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the page as the v1 API answered it."""
        return {
            "items": [as_json(item) for item in self.items],
            "total": self.total,
            "page": self.page,
            "page_size": self.page_size,
            "total_pages": self.total_pages,
        }

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __reversed__(self) -> Iterator[T]:
        return reversed(self.items)

    @overload
    def __getitem__(self, key: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, key: slice) -> list[T]: ...
    @overload
    def __getitem__(self, key: str) -> Any: ...  # JSON
    def __getitem__(self, key: SupportsIndex | slice | str) -> Any:
        if not isinstance(key, str):
            return self.items[key]
        if key in {"data", "items"}:
            return self.items
        if key == "pagination":
            return self._numbers.as_pagination()
        if key == "per_page":
            return self.page_size
        if key in _KEYS:
            return getattr(self, key)
        raise KeyError(key)

    def __contains__(self, item: object) -> bool:
        return item in (*_OTHER_KEYS, *_KEYS) if isinstance(item, str) else item in self.items

    def get(self, key: str, default: object = None, /) -> Any:
        """Return ``page[key]``, or ``default``."""
        return self[key] if key in self else default  # noqa: SIM401  # this is `get`

    def keys(self) -> list[str]:
        """Return the keys of dialect B's answer, so that ``dict(page)`` is that answer."""
        return list(_OTHER_KEYS)

    def values(self) -> list[object]:
        """Return the values of dialect B's answer."""
        return [self.items, self._numbers.as_pagination()]

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            raise no_such_name("PaginatedResponse", name, [*_KEYS, "to_dict", "from_dict"])

    def _state(self) -> tuple[object, ...]:
        return list(self.items), self.total, self.page, self.page_size, self.total_pages

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PaginatedResponse):
            return self._state() == other._state()
        if isinstance(other, list):
            return list(self.items) == other
        return isinstance(other, dict) and {key: self[key] for key in _OTHER_KEYS} == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]  # as every dict

    def copy(self) -> PaginatedResponse[T]:
        """Return a shallow copy."""
        return self.__copy__()

    def __copy__(self) -> PaginatedResponse[T]:
        return PaginatedResponse(*self._state())  # type: ignore[arg-type]  # the arguments, in their order

    def __reduce__(self) -> tuple[object, ...]:
        return PaginatedResponse, self._state()

    def __repr__(self) -> str:
        return f"PaginatedResponse({self._numbers!r}, items={len(self)})"
