"""What a rule can say about a public name of the old client."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from ablage_client_compat.migrate.rules.owners import ERROR, OWNERS

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.types import Type

__all__ = [
    "OTHERS",
    "REQUIRED",
    "Argument",
    "Call",
    "Class",
    "Member",
    "Method",
    "Parameter",
    "Rule",
    "by_name",
    "by_position",
    "converted",
    "kept",
    "no_effect",
    "occurrences",
    "only_default",
    "shown",
    "takes",
]

#: Stands for a parameter that has no default.
REQUIRED: Final = "<required>"
#: Names the parameter that takes all other keywords, and the argument that passes them on.
OTHERS: Final = "<other keywords>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One public name of the old client, and what takes its place.

    Attributes:
        dialects: ``A``, ``B``, ``C``, ``async``, or several of them, separated by spaces.
        owner: The old class it belongs to, or ``""``.
        reason: Why it is marked instead of rewritten; empty when it is rewritten.
        note: What to think of after the rewrite; it is marked as well.
        peculiar: Whether the name alone, on a value nothing is known about, is worth a mark.
    """

    owner: str
    name: str
    dialects: str = "A B C"
    reason: str = ""
    note: str = ""
    peculiar: bool = False

    @property
    def before(self) -> str:
        """An example, in names that the `OWNERS` introduce."""
        raise NotImplementedError

    @property
    def after(self) -> str:
        """What the codemod makes of it; a test runs it."""
        raise NotImplementedError

    @property
    def suspicion(self) -> str:
        """What is said of a peculiar name on a value nothing is known about."""
        raise NotImplementedError

    @property
    def variable(self) -> str:
        """What stands for the object in examples and expressions."""
        return OWNERS.get(self.owner, ERROR).variable.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Class(Rule):
    """A class that old programs import.

    >>> from ablage_client import User
    from ablage_sdk import User

    Attributes:
        new: Its name in ``ablage_sdk``; several for an error that is several now.
        base: Then the one that stands for it where only one class can stand.
        advice: What the shim's deprecation says.
    """

    new: tuple[str, ...]
    base: str = ""
    advice: str = ""

    @property
    def single(self) -> str:
        """The one class that takes its place where only one can stand."""
        return self.base or self.new[0]

    @property
    def is_error(self) -> bool:
        """Whether it is caught rather than made."""
        return self.owner == "AblageError"

    @property
    def before(self) -> str:
        """It is imported or caught."""
        return _CAUGHT.format(self.name) if self.is_error else f"from ablage_client import {self.name}"

    @property
    def after(self) -> str:
        """So is what takes its place."""
        names = ", ".join(self.new)
        if self.is_error:
            return _CAUGHT.format(f"({names})" if len(self.new) > 1 else names)
        return f"from ablage_sdk import {names}"


_CAUGHT = "try:\n    client.documents.delete(doc_id)\nexcept {}:\n    pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Rule):
    """An attribute or key.

    >>> value = document.ocr_text
    value = document.extracted_text

    Attributes:
        new: Its new name, possibly dotted.
        expression: Instead of a name, an expression in which the owner's variable stands for the object.
        by_key: The same where it was read by key, when that differs: dialect B's times were text.
        may_fail: The same in files that wait for documents, whose recognition may fail.
        returns: Type of the value.
        missing: What the old client answered where the object is ``None`` today.
        advice: What the shim's deprecation says, if it has one.
    """

    new: str = ""
    expression: str = ""
    by_key: str = ""
    may_fail: str = ""
    returns: Type | None = None
    missing: str = "None"
    advice: str = ""

    @property
    def before(self) -> str:
        """It is read, by key where the old client answered with JSON."""
        owner = OWNERS.get(self.owner)
        variable = owner.variable if owner else "error"
        return (
            f'value = {variable}["{self.name}"]'
            if owner and owner.keyed
            else f"value = {variable}.{self.name}"
        )

    @property
    def after(self) -> str:
        """What takes its place is read."""
        read = self.expression or f"{OWNERS.get(self.owner, ERROR).variable}.{self.new}"
        return self.before if self.reason else f"value = {read}"

    @property
    def text(self) -> str:
        """What takes its place, as a sentence can show it."""
        return shown(self.expression, self.variable) if self.expression else self.new

    @property
    def suspicion(self) -> str:
        """It may be a document, or a hit."""
        return f"if this is {OWNERS[self.owner].noun}, {self.name} is {self.new} now"


def shown(expression: str, variable: str) -> str:
    """Return an expression with an ellipsis for the object."""
    return _uses(variable).sub("…", expression)


def occurrences(expression: str, variable: str) -> int:
    """Return how often the object occurs in an expression."""
    return len(_uses(variable).findall(expression))


def _uses(variable: str) -> re.Pattern[str]:
    return re.compile(rf'(?<![\w."]){variable}\b')


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


def by_name(
    name: str, *, source: str = "", always: bool = False, expression: str = "", constant: str = ""
) -> Argument:
    """Return an argument that has to be given by name."""
    return Argument(
        name=name,
        source="" if constant else source or name,
        positional=False,
        always=always,
        expression=expression,
        constant=constant,
    )


class Call:
    """The new call, relative to the client.

    Attributes:
        path: ``documents.get``.
        arguments: Its arguments, in order.
    """

    __slots__ = ("arguments", "path")

    def __init__(self, path: str, *arguments: Argument, others: bool = False) -> None:
        self.path = path
        rest = [Argument(name=OTHERS, source=OTHERS, positional=False)] if others else []
        self.arguments = (*arguments, *rest)

    def __str__(self) -> str:
        written = [
            argument.name if argument.positional else f"{argument.name}=…"
            for argument in self.arguments
            if argument.name != OTHERS
        ]
        return f"{self.path}({', '.join(written)})"


_NO_CALL = Call("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Rule):
    """A method.

    >>> client.delete_document(doc_id)
    client.documents.delete(doc_id)

    Attributes:
        example: Old code after ``>>>``, and below it what it becomes, unless it stays.
        parameters: The old parameters.
        other_parameters: Those of the same method in another dialect, if it had one.
        call: The new call.
        expression: Instead of a call, an expression of ``client`` and the old parameters.
        switch: An old parameter that decides between ``call`` (it is ``True``) and ``otherwise``.
        otherwise: The new call when ``switch`` is left out or ``False``.
        returns: Type of the result.
        written: What the shim's deprecation says, when that is not the new call.
    """

    example: str
    parameters: tuple[Parameter, ...] = ()
    other_parameters: tuple[Parameter, ...] = ()
    call: Call = _NO_CALL
    expression: str = ""
    switch: str = ""
    otherwise: Call = _NO_CALL
    returns: Type | None = None
    written: str = ""

    @property
    def before(self) -> str:
        """The lines after ``>>>`` and ``...``."""
        return "\n".join(line[4:] for line in _lines(self.example) if line.startswith((">>> ", "... ")))

    @property
    def after(self) -> str:
        """The lines below."""
        lines = [line for line in _lines(self.example) if not line.startswith((">>> ", "... "))]
        return "\n".join(lines) or self.before

    @property
    def advice(self) -> str:
        """What the shim's deprecation says."""
        return self.written or f"Write `sdk.{self.call}`."

    @property
    def text(self) -> str:
        """What takes its place, as a sentence can show it."""
        return self.expression or str(self.call)

    @property
    def suspicion(self) -> str:
        """It may be the client."""
        each = re.search(r"client\.([\w.]+)\(", self.expression)
        new = f"{each[1]}() for each" if each else f"{self.call.path}()"
        return f"if this is the old client, {self.name}() is {new} now"

    @property
    def every_parameter(self) -> tuple[Parameter, ...]:
        """The parameters of both dialects, each once."""
        names = {parameter.name for parameter in self.parameters}
        return (*self.parameters, *(other for other in self.other_parameters if other.name not in names))


def kept(owner: str, names: str, *, dialects: str = "A B C") -> list[Rule]:
    """Return rules of names that stay: as attributes untouched, as keys they become attributes."""
    return [Member(owner=owner, name=name, new=name, dialects=dialects) for name in names.split()]


def converted(owner: str, cls: str) -> list[Rule]:
    """Return rules of what every old model could do."""
    method = partial(Method, owner=owner, dialects="A")
    return [
        method(
            name="to_dict",
            example=f">>> saved = {OWNERS[owner].variable}.to_dict()",
            reason="to_dict() gives API v2's keys now: ablage_sdk.formats converts to v1 and back",
        ),
        method(
            name="from_dict",
            example=f">>> {cls}.from_dict(data)",
            parameters=takes("data"),
            reason="use model_validate(…) for API v2's keys; ablage_sdk.formats converts saved v1 data",
        ),
    ]


def _lines(example: str) -> list[str]:
    return textwrap.dedent(example).strip("\n").rstrip().splitlines()
