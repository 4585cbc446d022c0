"""Settings in files: what has to change in a set of variables, whatever the file looks like."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from decimal import Decimal

from ablage_client_compat.migrate.env.settings import ADDED, REMOVED, RENAMED, SIZE, megabytes

__all__ = ["Change", "Plan", "is_of_server", "plan"]

#: Names by which a set of variables is recognised as that of an Ablage server.
_SIGNS = {*ADDED, *REMOVED, *SIZE, "OCR_ENGINE", "OCR_BACKEND"}
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kmg]?)(?:i?b)?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?P<default>:?[-=](?P<value>[^}]*))?\}|\$(?P<bare>[A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one variable: another name, another value, or nothing at all (``name`` is empty)."""

    name: str
    value: str | None = None


@dataclass(slots=True)
class Plan:
    """What becomes of a set of variables.

    Attributes:
        changes: Old name → change.
        additions: New variables with their defaults.
        notes: What was done or what a person should know.
        problems: What a person has to decide; the variable stays as it is.
    """

    changes: dict[str, Change] = field(default_factory=dict)
    additions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changes or self.additions)


def is_of_server(names: set[str]) -> bool:
    """Tell whether variables are those of an Ablage server, rather than of anything else that uses Redis."""
    return bool(names & _SIGNS) or any(
        name.startswith("ABLAGE_") for name in names & {"ABLAGE_DATA_DIR", "ABLAGE_API_VERSIONS"}
    )


def plan(variables: dict[str, str | None], *, server: bool) -> Plan:
    """Decide what to change.

    Args:
        variables: Name → value; ``None`` for one whose value comes from elsewhere.
        server: Whether these are surely the variables of an Ablage server.
    """
    result = Plan()
    for old, new in RENAMED.items():
        if old in variables and (server or is_of_server({*variables})):
            _rename(result, variables, old, new, _renamed_reference(variables[old]))
    if SIZE[0] in variables:
        _resize(result, variables)
    for name, instead in REMOVED.items():
        if name in variables:
            value = variables[name]
            result.changes[name] = Change("")
            result.notes.append(
                f"{name}{'' if value is None else f'={value}'} removed: {_instead(name, value, instead)}"
            )
    _follow(result, variables)
    if is_of_server({*variables}):
        result.additions = {name: value for name, value in ADDED.items() if name not in variables}
    return result


def _follow(result: Plan, variables: dict[str, str | None]) -> None:
    """Let other variables refer to the renamed ones by their new names."""
    for name, value in variables.items():
        if value is None or name in {*RENAMED, *REMOVED, SIZE[0]}:
            continue
        names = {found["name"] or found["bare"] for found in _REFERENCE.finditer(value)}
        if names & RENAMED.keys() & result.changes.keys():
            result.changes[name] = Change(name, _renamed_reference(value))
            result.notes.append(f"{name} refers to the new name")
        if SIZE[0] in names and SIZE[0] in result.changes:
            result.problems.append(f"{name} refers to {SIZE[0]}, in bytes: {SIZE[1]} is in megabytes")


def _instead(name: str, value: str | None, instead: str) -> str:
    off = (value or "").strip().lower() in {"0", "false", "no", "off"}
    return "set ABLAGE_API_VERSIONS=2.0 to keep API v1 off" if off and name == "OLD_API_ENABLED" else instead


def _rename(result: Plan, variables: dict[str, str | None], old: str, new: str, value: str | None) -> None:
    if new not in variables:
        result.changes[old] = Change(new, value)
        result.notes.append(f"{old} → {new}")
    elif variables[new] == value:
        result.changes[old] = Change("")
        result.notes.append(f"{old} removed: {new} says the same")
    else:
        result.problems.append(f"{old} and {new} disagree: delete the one that is wrong")


def _resize(result: Plan, variables: dict[str, str | None]) -> None:
    old, new = SIZE
    text = variables[old]
    size = _size(text)
    if size is None:
        value = "set elsewhere" if text is None else text.strip() or "empty"
        result.problems.append(f"{old} is {value}: write {new} in megabytes yourself, rounded up")
        return
    _rename(result, variables, old, new, size)
    if text is not None and old in result.changes and result.changes[old].name and size.isdecimal():
        unit = " (bytes)" if text.strip().isdecimal() else ""
        result.notes[-1] = f"{old}={text}{unit} → {new}={size}"


def _size(text: str | None) -> str | None:
    """Return a size as megabytes; a reference to a variable of the same name stays one."""
    if text is None:
        return None
    if (size := _megabytes(text)) is not None:
        return size
    found = _REFERENCE.fullmatch(text.strip())
    if found is None or (found["name"] or found["bare"]) != SIZE[0]:
        return None
    default = found["value"]
    if default is None:
        return text.replace(SIZE[0], SIZE[1])
    size = _megabytes(default)
    return text.replace(SIZE[0], SIZE[1]).replace(default, size) if size is not None else None


def _megabytes(text: str) -> str | None:
    """Return ``52428800``, ``50MB`` or ``50 MiB`` as megabytes; units count in steps of 1024."""
    found = _SIZE.fullmatch(text.strip().replace("_", ""))
    size = math.ceil(Decimal(found["number"]) * _UNITS[found["unit"].lower()]) if found is not None else 0
    return str(megabytes(size)) if size else None  # 0 may have meant that there is no limit


def _renamed_reference(text: str | None) -> str | None:
    """``${OCR_ENGINE:-auto}`` refers to a variable that is renamed too."""
    if text is None:
        return None

    def rename(found: re.Match[str]) -> str:
        name = found["name"] or found["bare"]
        return found[0].replace(name, RENAMED.get(name, name), 1)

    return _REFERENCE.sub(rename, text)
