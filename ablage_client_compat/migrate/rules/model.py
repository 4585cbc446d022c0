"""What a rule can say about a public name of the old client."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.owners import ERROR, OWNERS
from ablage_client_compat.migrate.rules.signatures import Call, takes

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.signatures import Parameter
    from ablage_client_compat.migrate.rules.types import Type

__all__ = ["Class", "Member", "Method", "Rule", "converted", "kept", "occurrences", "shown"]


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
            if owner and owner.is_json
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
