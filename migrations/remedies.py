"""What PostgreSQL's errors mean to whoever migrates, and what helps: one table for all of them.

An error that repeats by itself never advises to run the command again alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Remedy:
    """What an error means, and what to do.

    Attributes:
        cause: A clause: ``the database takes no writes``.
        helps: Sentences.
    """

    cause: str
    helps: str


_AGAIN = "Run the same command again: it continues."
_THEN_AGAIN = "Then run the same command again: it continues."
_AS_EXPECTED = Remedy(
    "the database is not as expected",
    "Compare it with the release it came from (ablage-server db check --release RELEASE) and put that right; "
    "then the same command continues.",
)
_ADDRESS = Remedy("the database cannot be used", "Is DATABASE_URL (or --database-url) right?")
_CONNECTION = Remedy("the connection broke", _AGAIN)

#: SQLSTATE, or the first two characters of a class of them, to what helps. The longer one counts.
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
REMEDIES: Mapping[str, Remedy] = MappingProxyType(
    {
        "08": _CONNECTION,
        "23": Remedy(
            "rows are in the way",
            "The message names the constraint; put the rows right. " + _THEN_AGAIN,
        ),
        "25006": Remedy(
            "the database takes no writes",
            "It is a standby, or default_transaction_read_only is on for the role or the database. Connect "
            "to the primary, or: ALTER ROLE … RESET default_transaction_read_only.",
        ),
        "28000": _ADDRESS,
        "28P01": _ADDRESS,
        "3D000": _ADDRESS,
        "3F000": Remedy(
            "the schema is missing",
            "Create it, or set a search_path for the role that names a schema that exists: "
            "ALTER ROLE … SET search_path = public.",
        ),
        "40": Remedy("another transaction came first", _AGAIN),
        "42": _AS_EXPECTED,
        "42501": Remedy("the database does not allow it", "Migrations need the role that owns the tables."),
        "53100": Remedy("the database's disk is full", f"Make room there. {_THEN_AGAIN}"),
        "53200": Remedy("the database is out of memory", "Give it more, or lower work_mem."),
        "53300": Remedy(
            "the database has no connection left",
            f"End sessions that are not needed, or raise max_connections. {_THEN_AGAIN}",
        ),
        "53400": Remedy("a limit of the database is reached", "Raise the limit that the message names."),
        "55P03": Remedy(
            "a lock was not to be had", f"End the transaction that holds it (pg_stat_activity). {_THEN_AGAIN}"
        ),
        "57014": Remedy(
            "the statement was ended",
            "If statement_timeout is set for the role or the database, lift it for this role: "
            "ALTER ROLE … SET statement_timeout = 0.",
        ),
        "57P01": _CONNECTION,
        "57P02": _CONNECTION,
        "57P03": Remedy("the database is starting or stopping", f"Wait until it is up. {_THEN_AGAIN}"),
        "58": Remedy(
            "a file of the database is missing or cannot be read",
            "If the message names an extension, install it on the server; otherwise see the database's log.",
        ),
        "XX": Remedy(
            "the database found itself damaged",
            "See its log. After a change of the system's collations: REINDEX DATABASE, then ALTER DATABASE … "
            "REFRESH COLLATION VERSION.",
        ),
    }
)


def of(error: BaseException) -> Remedy | None:
    """Return what helps against an error of PostgreSQL's, if the table has it."""
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    return REMEDIES.get(state) or REMEDIES.get(state[:2])


def in_words(error: BaseException) -> str:
    """Say in one line what went wrong and what helps."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    said = (lines[0].partition(">: ")[2] or lines[0]).rstrip(".")
    remedy = of(error)
    if remedy is None:
        return f"The database did not do it: {said}. Its log says more."
    return f"{remedy.cause[0].upper()}{remedy.cause[1:]}: {said}. {remedy.helps}"
