"""What a method took, and what the call takes that stands in its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

__all__ = [
    "OTHERS",
    "REQUIRED",
    "Argument",
    "Call",
    "Parameter",
    "always",
    "by_name",
    "by_position",
    "constant",
    "no_effect",
    "only_default",
    "takes",
]

#: Stands for a parameter that has no default.
REQUIRED: Final = "<required>"
#: Names the parameter that takes all other keywords, and the argument that passes them on.
OTHERS: Final = "<other keywords>"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an old method.

    Attributes:
        default: Source text of its default.
        only_default: It has no counterpart: a call that gives it another value is marked.
    """

    name: str
    default: str = REQUIRED
    only_default: bool = False


def only_default(default: str) -> Parameter:
    """Return a parameter that can only be dropped when it has its default value."""
    return Parameter("", default, only_default=True)


def no_effect(default: str) -> Parameter:
    """Return a parameter that never had an effect: it is dropped, whatever its value."""
    return Parameter("", default)


def takes(*required: str, others: bool = False, **optional: str | Parameter) -> tuple[Parameter, ...]:
    """Return the parameters of an old method: required ones, and ``name=default`` as source text.

    Args:
        *required: Names of those without a default.
        others: Whether it takes other keywords as well.
        **optional: Defaults, as text or as what `only_default` and `no_effect` return.
    """
    return (
        *map(Parameter, required),
        *(
            Parameter(name, given) if isinstance(given, str) else replace(given, name=name)
            for name, given in optional.items()
        ),
        *([Parameter(OTHERS, "{}")] if others else []),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """An argument of the new call.

    Attributes:
        source: The old parameter that fills it.
        positional: Whether it may be given by position.
        always: Whether it is written even when the old call left it out.
        expression: What becomes of the value, in terms of ``source``; empty when it stays.
        constant: The value, when no old parameter gives it.
    """

    name: str
    source: str
    positional: bool
    always: bool = False
    expression: str = ""
    constant: str = ""


def by_position(name: str, *, source: str = "") -> Argument:
    """Return an argument that may be given by position."""
    return Argument(name=name, source=source or name, positional=True)


def by_name(name: str, *, source: str = "", always: bool = False, expression: str = "") -> Argument:
    """Return an argument that has to be given by name."""
    return Argument(name=name, source=source or name, positional=False, always=always, expression=expression)


def always(source: str) -> Argument:
    """Return an argument that is written even when the old call left it out."""
    return by_name("", source=source, always=True)


def constant(value: str) -> Argument:
    """Return an argument that no old parameter fills: it always has this value."""
    return Argument(name="", source="", positional=False, always=True, constant=value)


class Call:
    """The new call, relative to the client.

    Args:
        path: ``documents.get``.
        *arguments: Those that may be given by position, by their name when the old parameter is called the
            same; and others that say more about themselves.
        others: Whether other keywords are passed on.
        **named: Those that have to be given by name, each with the old parameter that fills it.
    """

    __slots__ = ("arguments", "path")

    def __init__(
        self, path: str, *arguments: str | Argument, others: bool = False, **named: str | Argument
    ) -> None:
        self.path = path
        self.arguments = (
            *(by_position(given) if isinstance(given, str) else given for given in arguments),
            *(
                by_name(name, source=given) if isinstance(given, str) else replace(given, name=name)
                for name, given in named.items()
            ),
            *([by_name(OTHERS)] if others else []),
        )

    def __str__(self) -> str:
        written = [
            argument.name if argument.positional else f"{argument.name}=…"
            for argument in self.arguments
            if argument.name != OTHERS
        ]
        return f"{self.path}({', '.join(written)})"
