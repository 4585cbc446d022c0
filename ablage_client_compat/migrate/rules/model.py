"""What a row of the rules table can say, and how the codemod looks one up."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from ablage_client_compat.migrate.rules.types import Type, parse_type

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Class", "Index", "Member", "Method", "Parameter", "Row", "Slot", "index"]

R = TypeVar("R", "Member", "Method")

#: Stands for a parameter that has no default.
REQUIRED: Final = "<required>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One public name of the old client.

    Attributes:
        dialect: ``A``, ``B``, ``C``, ``async``, or several of them, separated by spaces.
        owner: The old class it belongs to, or ``""``.
        before: An example for the documentation, in names that `PREAMBLES` introduces.
        after: What the codemod makes of it; a test runs it.
        reason: Why it is marked instead of rewritten; empty when it is rewritten.
        note: What to think of after the rewrite; it is marked as well.
    """

    dialect: str
    owner: str
    name: str
    before: str
    after: str
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Class(Row):
    """A class that old programs import.

    Attributes:
        new: Its name in ``ablage_sdk``; several names, separated by commas, for an error that is several now.
        base: Then the one that stands for it where only one class can stand.
    """

    new: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Row):
    """An attribute or key.

    Attributes:
        new: Its new name, possibly dotted, or an expression in which ``{}`` stands for the object.
        key: The same where it was read by key, when that differs: dialect B's times were text.
        returns: Type of the value; a trailing ``?`` means "may be ``None`` unless completed".
        missing: What the old client answered where the object is ``None`` today.
        failed: What stands for ``new`` in files that wait for documents, whose recognition may fail.
    """

    new: str = ""
    key: str = ""
    returns: str = ""
    missing: str = "None"
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an old method; ``checked`` ones have no counterpart: any other value is marked."""

    name: str
    default: str = REQUIRED
    checked: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """An argument of the new call, filled from the old parameter ``source``, or always when ``forced``."""

    name: str
    source: str
    positional: bool
    forced: bool = False
    template: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Row):
    """A method.

    Attributes:
        old: Its signature, as in Python. ``name=default!`` marks a parameter that can only be dropped when
            it has that value; a ``~`` instead says that it never had an effect.
        new: The new call, relative to the client: ``documents.list(*, limit=page_size!)``.
            ``name=old`` fills an argument from an old parameter, ``!`` writes it even when it was left out.
            A ``new`` in which ``client`` occurs is an expression of the old parameters.
        alternative: The signature that another dialect gave the same name.
        switch: An old parameter that decides between ``new`` (it is ``True``) and ``otherwise``.
        otherwise: The new call when ``switch`` is left out or ``False``.
        returns: Type of the result.
    """

    old: str = ""
    alternative: str = ""
    switch: str = ""
    otherwise: str = ""
    new: str = ""
    returns: str = ""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The old parameters in order; ``**extra`` is one named ``**``."""
        return _parameters(self.old)

    @property
    def other_parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the same method in another dialect, if it had one."""
        return _parameters(self.alternative)

    @property
    def target(self) -> tuple[str, tuple[Slot, ...]]:
        """Dotted path of the new method, and its arguments."""
        return _target(self.new, f"{self.old}, {self.alternative}" if self.alternative else self.old)

    @property
    def other_target(self) -> tuple[str, tuple[Slot, ...]]:
        """The same for ``otherwise``."""
        return _target(self.otherwise, self.old)

    @property
    def result(self) -> Type | None:
        """Type of what the old method returns."""
        return parse_type(self.returns)


@functools.cache
def _parameters(signature: str) -> tuple[Parameter, ...]:
    result = []
    for part in _split(signature):
        if part == "*":
            continue
        if part.startswith("**"):
            result.append(Parameter(name="**", default="{}"))
            continue
        name, _, default = part.partition("=")
        flag = default[-1:] if default[-1:] in {"!", "~"} else ""
        default = default.removesuffix(flag) if flag else default
        result.append(Parameter(name=name, default=default or REQUIRED, checked=flag == "!"))
    return tuple(result)


@functools.cache
def _target(new: str, old: str) -> tuple[str, tuple[Slot, ...]]:
    path, _, rest = new.partition("(")
    inside = rest.rpartition(")")[0]
    slots, positional = [], True
    names = {parameter.name for parameter in _parameters(old)}
    for part in _split(inside):
        if part == "*":
            positional = False
            continue
        forced = part.endswith("!")
        name, _, source = part.removesuffix("!").partition("=")
        source = source or name
        template = "{}"
        if source not in names and source != "**extra":
            used = {n.id for n in ast.walk(ast.parse(source, mode="eval")) if isinstance(n, ast.Name)} & names
            if used:  # an expression around an old parameter; anything else is a constant
                (name_used,) = used
                template, source = source.replace(name_used, "{}"), name_used
        if name == "**extra":
            name = source = "**"
        slots.append(Slot(name=name, source=source, positional=positional, forced=forced, template=template))
    return path, tuple(slots)


def _split(text: str) -> Iterator[str]:
    """Split at commas that stand in no bracket."""
    depth, start = 0, 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            yield text[start:at].strip()
            start = at + 1
    if text[start:].strip():
        yield text[start:].strip()


@dataclass(frozen=True, slots=True)
class Index:
    """The table, by what the codemod asks."""

    classes: dict[str, Class]
    members: dict[tuple[str, str], Member]
    methods: dict[tuple[str, str], Method]
    #: Names so peculiar that they are worth a mark on a value nothing is known about.
    peculiar: dict[str, str]

    def member(self, kind: Type, name: str) -> Member | None:
        """Return the row of an attribute or key."""
        return self._find(self.members, kind, name)

    def method(self, kind: Type, name: str) -> Method | None:
        """Return the row of a method."""
        return self._find(self.methods, kind, name)

    def _find(self, rows: dict[tuple[str, str], R], kind: Type, name: str) -> R | None:
        row = rows.get((kind.name, name))
        parent = _PARENTS.get(kind.name)
        known = self.classes.get(kind.name)
        if known is not None and known.owner:
            parent = known.owner
        return rows.get((parent, name)) if row is None and parent is not None else row


#: Old classes without a name of their own that have all that another one has.
_PARENTS = {"SearchHit": "Document", "NewWebhook": "WebhookSubscription"}


@functools.cache
def index() -> Index:
    """Return the index of the table, made once per process."""
    from ablage_client_compat.migrate.rules.table import PECULIAR, ROWS

    return Index(
        classes={row.name: row for row in ROWS if isinstance(row, Class)},
        members={(row.owner, row.name): row for row in ROWS if isinstance(row, Member)},
        methods={(row.owner, row.name): row for row in ROWS if isinstance(row, Method)},
        peculiar=PECULIAR,
    )
