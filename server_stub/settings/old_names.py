"""Settings under the names of earlier releases, and those that are gone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from pydantic_settings import PydanticBaseSettingsSource

from ablage_sdk.formats import REMOVED_SETTINGS, RENAMED_SETTINGS, RESIZED_SETTING
from server_stub.errors import SettingsError
from server_stub.observability.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic.fields import FieldInfo

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Renamed:
    old: str
    new: str
    convert: Callable[[str], str] = str

    @property
    def field(self) -> str:
        return self.new.lower()


def _bytes_to_mib(value: str) -> str:
    return repr(int(value) / (1024 * 1024))


_RENAMED = (
    *(_Renamed(old, new) for old, new in RENAMED_SETTINGS.items()),
    _Renamed(*RESIZED_SETTING, _bytes_to_mib),
)


def read_environment() -> dict[str, str]:
    """Return the variables of the environment and of ``.env``; the environment wins."""
    from_file = {name: value for name, value in dotenv_values(Path(".env")).items() if value is not None}
    return {**from_file, **os.environ}


def check_removed(environment: Mapping[str, str]) -> None:
    """Refuse settings that no longer exist, because ignoring them would switch something on or off.

    Raises:
        SettingsError: If one is set.
    """
    found = [name for name in REMOVED_SETTINGS if environment.get(name)]
    if found:
        raise SettingsError(
            f"{' and '.join(found)} {'was' if len(found) == 1 else 'were'} removed in release 2.0. Delete "
            f"{'it' if len(found) == 1 else 'them'} and name the API versions that shall be on: "
            "ABLAGE_API_VERSIONS=1,2 (both), 1 (only the old one) or 2 (only the new one)."
        )


def from_old_names(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the values that are set under an old name, by the name of their field.

    Raises:
        SettingsError: If old and new name have different values, or the old one cannot be read.
    """
    found: dict[str, str] = {}
    for name in _RENAMED:
        old, new = environment.get(name.old), environment.get(name.new)
        if not old:
            continue
        try:
            converted = name.convert(old)
        except ValueError:
            raise SettingsError(
                f"{name.old} must be a whole number of bytes. Better set {name.new}, which took its place."
            ) from None
        if new and not _same(new, converted):
            raise SettingsError(
                f"{name.old} and {name.new} are both set, to different values. Delete {name.old}: "
                f"{name.new} took its place."
            )
        if not new:
            log.warning(
                "A setting has a new name; rename it.",
                old_name=name.old,
                new_name=name.new,
            )
        found[name.field] = converted
    return found


def _same(left: str, right: str) -> bool:
    try:
        return float(left) == float(right)
    except ValueError:
        return left == right


class OldNames(PydanticBaseSettingsSource):
    """The source of values that are set under an old name."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 - the signature is given
        field_name: str,
    ) -> tuple[object, str, bool]:
        """Return one value. Not used: `__call__` gives all at once."""
        return self().get(field_name), field_name, False

    def __call__(self) -> dict[str, object]:
        """Return the values, by the first alias of their field as pydantic-settings wants it."""
        values = from_old_names(read_environment())
        return {name.new: values[name.field] for name in _RENAMED if name.field in values}
