"""What is in a database: its tables, their rows, and which of them are Ablage's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server_stub.migrations import bookkeeping, catalog
from server_stub.migrations.releases import RELEASES
from server_stub.storage import queue_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server_stub.operations.dump.session import Connection

#: Schemas that are Ablage's with everything in them → what they are called beside the kept tables.
OWN_SCHEMAS = {bookkeeping.SCHEMA: "_migrations", queue_schema.SCHEMA: "_jobs"}
#: What schemas are called in which a restore keeps what was live before.
KEPT = "ablage_before_"
#: Every table and index of ours in the chosen schema, of any release.
TABLES = frozenset({"alembic_version"}.union(*(catalog.stored(name)["table"] for name in RELEASES)))
INDEXES = frozenset().union(*(catalog.stored(name)["index"] for name in RELEASES))

_TABLES = """
    SELECT format('%I.%I', n.nspname, c.relname) AS name, c.oid, n.nspname AS schema, c.relname AS table
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT LIKE 'ablage\\_before\\_%'
      AND c.relpersistence <> 't' AND (c.relkind = 'r' OR $1)
      -- A table of an extension is made with it; a dump holds none or some of its rows.
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1
"""
#: Two sums over 64 bits of a hash each: the order of rows does not matter, every byte of them does.
_FINGERPRINT = """
    SELECT count(*) AS rows, coalesce(
        sum(('x' || encode(substr(hash, 1, 8), 'hex'))::bit(64)::bigint::numeric)::text || '/' ||
        sum(('x' || encode(substr(hash, 9, 8), 'hex'))::bit(64)::bigint::numeric)::text, '') AS hash
    FROM (SELECT sha256(textsend((t.*)::text)) AS hash FROM ONLY {table} AS t) AS hashed
"""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How many rows a table has, and a hash of all of them."""

    rows: int
    hash: str


async def tables(connection: Connection) -> list[str]:
    """Return the names of all tables with rows of their own, quoted."""
    return [str(row["name"]) for row in await connection.fetch(_TABLES, False)]  # noqa: FBT003 - a value in SQL


async def fingerprints(connection: Connection, names: Iterable[str]) -> dict[str, Fingerprint]:
    """Count and hash the rows of tables."""
    found = {}
    for name in names:
        row = await connection.fetchrow(_FINGERPRINT.format(table=name))
        assert row is not None  # noqa: S101 - an aggregate
        found[name] = Fingerprint(row["rows"], row["hash"])
    return found


@dataclass(frozen=True, slots=True)
class Live:
    """What is in the database that is restored into.

    Attributes:
        schema: Where Ablage's tables are; ``None`` if there are none.
        tables: Those of them in that schema.
        own_schemas: Those of `OWN_SCHEMAS` that are there.
        relations: All tables that are exchanged: object identifier → quoted name.
        others: Tables of other programs.
    """

    schema: str | None
    tables: tuple[str, ...]
    own_schemas: tuple[str, ...]
    relations: dict[int, str]
    others: tuple[str, ...]


async def look(connection: Connection) -> Live:
    """See which tables of a database are Ablage's."""
    found = await connection.fetch(_TABLES, True)  # noqa: FBT003 - a value in SQL
    schema = await connection.fetchval(
        "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.oid = to_regclass('alembic_version')"
    )
    ours = {
        row["oid"]: row["name"]
        for row in found
        if row["schema"] in OWN_SCHEMAS or (row["schema"] == schema and row["table"] in TABLES)
    }
    return Live(
        schema,
        tuple(row["table"] for row in found if row["schema"] == schema and row["table"] in TABLES),
        tuple(
            row["nspname"]
            for row in await connection.fetch(
                "SELECT nspname FROM pg_namespace WHERE nspname = ANY($1) ORDER BY 1", [*OWN_SCHEMAS]
            )
        ),
        ours,
        tuple(row["name"] for row in found if row["oid"] not in ours),
    )
