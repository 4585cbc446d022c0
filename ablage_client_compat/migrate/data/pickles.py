"""Pickled documents of the old SDK, read without running anything that the file names."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ablage_client_compat.migrate.data.jsonstream import JSON

__all__ = ["NotAllowedError", "is_pickle", "read_pickles"]

_OLD_PACKAGES = frozenset({"ablage_client", "ablage_client_compat"})
#: Everything else that a stored document may consist of. None of these does anything but hold a value.
_ALLOWED = frozenset(
    {
        ("builtins", "set"),
        ("builtins", "frozenset"),
        ("builtins", "list"),
        ("builtins", "dict"),
        ("builtins", "tuple"),
        ("builtins", "object"),
        ("collections", "OrderedDict"),
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("decimal", "Decimal"),
        ("uuid", "UUID"),
        ("uuid", "SafeUUID"),
    }
)
#: Module names that the protocols 0 to 2 use.
_PYTHON_2 = {"copy_reg": "copyreg", "__builtin__": "builtins"}
#: How pickles begin: protocol 2 and later; a list, a dict or an object in protocol 0 or 1.
_BEGINNINGS = (b"\x80", b"(lp", b"(dp", b"]q", b"}q", b"ccopy_reg\n", b"cablage_client")
_PAGE = ("items", "total", "page", "page_size", "total_pages")


class NotAllowedError(pickle.UnpicklingError):
    """The file names something that no stored document needs."""


class Stored(dict[str, Any]):
    """Stands for an object of the old SDK: its attributes, by name."""

    def __init__(self, *args: object) -> None:
        super().__init__(zip(_PAGE, args, strict=False) if len(args) > 1 else ())
        if len(args) == 1 and isinstance(args[0], dict):
            self.update(args[0])

    def __setstate__(self, state: object) -> None:
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, dict):
                self.update({name: value for name, value in part.items() if not str(name).startswith("_")})


def _reconstruct(cls: type, base: type, state: object) -> object:
    """Take the place of `copyreg._reconstructor`, which protocols 0 and 1 use."""
    if cls is Stored:
        return Stored(state) if isinstance(state, dict) else Stored()
    raise NotAllowedError(f"the file builds a {cls.__name__} from a {base.__name__}")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., object]:
        if module.partition(".")[0] in _OLD_PACKAGES and "." not in name:
            return Stored
        module = _PYTHON_2.get(module, module)
        if (module, name) == ("copyreg", "_reconstructor"):
            return _reconstruct
        if (module, name) not in _ALLOWED:
            raise NotAllowedError(f"the file wants to use {module}.{name}, which no stored document needs")
        found: Callable[..., object] = super().find_class(module, name)
        return found


def is_pickle(head: bytes) -> bool:
    """Tell by its first bytes whether a file is a pickle."""
    return head.startswith(_BEGINNINGS)


def read_pickles(file: IO[bytes]) -> Iterator[JSON]:
    """Yield what was pickled into a file, one `pickle.dump` after the other, as JSON.

    Raises:
        ValueError: The file is no pickle, is damaged, or names something that no stored document needs.
    """
    while file.read(1):
        file.seek(-1, 1)
        try:
            value = _Unpickler(file).load()
        except NotAllowedError as error:
            raise ValueError(str(error)) from None
        except Exception as error:
            raise ValueError(f"the pickle is damaged: {error}") from error
        yield _as_json(value)


def _as_json(value: object) -> JSON:
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        return [_as_json(item) for item in value]
    return _plain(value)


def _plain(value: object) -> JSON:
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, UUID):
        return str(value)
    raise ValueError(f"a {type(value).__name__} has no place in JSON")
