"""Settings in files: what has to change in a set of variables, whatever the file looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ablage_client_compat.migrate.settings import ADDED, REMOVED, RENAMED, SIZE, megabytes

__all__ = ["Change", "Plan", "is_of_server", "plan"]

#: Names by which a set of variables is recognised as that of an Ablage server.
_SIGNS = {*ADDED, *REMOVED, *SIZE, "OCR_ENGINE", "OCR_BACKEND"}
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
            result.changes[name] = Change("")
            result.notes.append(
                f"{name}={variables[name]} removed: {_instead(name, variables[name], instead)}"
            )
    if is_of_server({*variables}):
        result.additions = {name: value for name, value in ADDED.items() if name not in variables}
    return result


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
        result.problems.append(
            f"{old} is {text or 'set elsewhere'}: write {new} in megabytes yourself, rounded up"
        )
        return
    _rename(result, variables, old, new, size)
    if old in result.changes and result.changes[old].name and (text or "").strip().isdecimal():
        result.notes[-1] = f"{old}={text} (bytes) → {new}={size}"


def _size(text: str | None) -> str | None:
    """Return a size in bytes as megabytes; a reference to a variable of the same name stays one."""
    if text is None:
        return None
    plain = text.strip().replace("_", "")
    if plain.isdecimal():
        return str(megabytes(int(plain)))
    found = _REFERENCE.fullmatch(text.strip())
    if found is None or (found["name"] or found["bare"]) != SIZE[0]:
        return None
    default = found["value"]
    if default is None:
        return text.replace(SIZE[0], SIZE[1])
    number = default.strip().replace("_", "")
    if not number.isdecimal():
        return None
    return text.replace(SIZE[0], SIZE[1]).replace(default, str(megabytes(int(number))))


def _renamed_reference(text: str | None) -> str | None:
    """``${OCR_ENGINE:-auto}`` refers to a variable that is renamed too."""
    if text is None:
        return None

    def rename(found: re.Match[str]) -> str:
        name = found["name"] or found["bare"]
        return found[0].replace(name, RENAMED.get(name, name), 1)

    return _REFERENCE.sub(rename, text)
