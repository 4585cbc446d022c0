"""A dump's list of contents, and which of its entries a restore takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server_stub.operations.dump.contents import INDEXES, OWN_SCHEMAS, TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_ENTRY = re.compile(r"\d+; \d+ \d+ ((?:[A-Z]+ )+)(\S+) (.+) \S*")
#: What belongs to the whole database or needs the rights of an administrator: it is left out, and said so.
_OF_ADMINISTRATORS = frozenset(
    {"EXTENSION", "EVENT TRIGGER", "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA",
     "SUBSCRIPTION", "SUBSCRIPTION TABLE", "PROCEDURAL LANGUAGE", "DATABASE", "DATABASE PROPERTIES"}
)  # fmt: skip
#: Their tag is or begins with the name of the table.
_OF_A_TABLE = frozenset({"TABLE", "TABLE DATA", "CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "DEFAULT"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: ``3456; 1259 16400 TABLE public documents ablage``."""

    line: str
    kind: str
    schema: str
    tag: str

    def __str__(self) -> str:
        return f"{self.kind.lower()} {self.tag}"


def entries(listed: str) -> list[Entry]:
    """Read the list that ``pg_restore --list`` prints."""
    return [
        Entry(line, match[1].strip(), match[2], match[3])
        for line in listed.splitlines()
        if (match := _ENTRY.fullmatch(line))
    ]


def all_but_administrators(found: Iterable[Entry], there: Collection[str]) -> list[Entry]:
    """Choose what a new database gets: everything that needs no administrator, in schemas old and new.

    Args:
        found: What the dump holds.
        there: Schemas that the database has.
    """
    return [
        entry
        for entry in found
        if entry.kind not in _OF_ADMINISTRATORS
        and not (entry.kind == "COMMENT" and entry.tag.partition(" ")[0] in _OF_ADMINISTRATORS)
        and not (entry.kind == "SCHEMA" and entry.tag in there)
        and not (entry.kind == "COMMENT" and entry.tag == "SCHEMA public")
    ]


def ours(found: Iterable[Entry], schema: str) -> list[Entry]:
    """Choose what is Ablage's, for a database in which other programs have theirs.

    Args:
        found: What the dump holds.
        schema: Where Ablage's tables were.
    """
    return [entry for entry in found if _is_ours(entry, schema)]


def _is_ours(entry: Entry, schema: str) -> bool:
    first, _, rest = entry.tag.partition(" ")
    if entry.schema == "-":
        return entry.kind in {"SCHEMA", "COMMENT"} and entry.tag.removeprefix("SCHEMA ") in OWN_SCHEMAS
    if entry.schema != schema:
        return entry.schema in OWN_SCHEMAS
    match entry.kind:
        case "INDEX":
            return entry.tag in INDEXES
        case "TRIGGER":
            return first in TABLES and rest.startswith("ablage_")
        case "COMMENT":
            return rest.partition(".")[0] in {"TABLE": TABLES, "COLUMN": TABLES, "INDEX": INDEXES}.get(
                first, ()
            )
        case kind:
            return kind in _OF_A_TABLE and first in TABLES
