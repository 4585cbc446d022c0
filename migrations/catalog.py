"""What a database really looks like, and what is different from how a release left it.

`alembic check` compares tables with Python objects and misses predicates, index methods and operator
classes, invalid indexes, CHECK expressions, constraints that are NOT VALID, and triggers. This compares the
catalog of a database with a stored one: ``catalogs/<release>.json``, written from the history itself.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import text

from .releases import RELEASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

#: Kind of object → name → property → value.
Catalog: TypeAlias = "dict[str, dict[str, dict[str, object]]]"

CATALOGS = Path(__file__).parent / "catalogs"
IGNORED_TABLES = ["alembic_version", "spatial_ref_sys"]

_QUERIES = {
    "table": """
        SELECT t.relname AS name, true AS exists FROM pg_class t
        WHERE t.relkind IN ('r', 'p') AND t.relnamespace = current_schema()::regnamespace
          AND t.relname <> ALL (:ignored)
    """,
    "column": """
        SELECT t.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
               a.attnotnull AS not_null, pg_get_expr(d.adbin, d.adrelid) AS "default"
        FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped AND t.relkind IN ('r', 'p')
          AND t.relnamespace = current_schema()::regnamespace AND t.relname <> ALL (:ignored)
    """,
    "index": """
        SELECT c.relname AS name, t.relname AS "table", am.amname AS method, i.indisunique AS "unique",
               pg_get_expr(i.indpred, i.indrelid) AS predicate, i.indisvalid AND i.indisready AS valid,
               array_to_string(ARRAY(
                   SELECT pg_get_indexdef(i.indexrelid, n, true)
                          || CASE WHEN o.opcdefault THEN '' ELSE ' ' || o.opcname END
                          || CASE WHEN i.indoption[n - 1] & 1 = 1 THEN ' DESC' ELSE '' END
                   FROM generate_series(1, i.indnkeyatts) n JOIN pg_opclass o ON o.oid = i.indclass[n - 1]
                   ORDER BY n
               ), ', ') AS keys
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_am am ON am.oid = c.relam
        WHERE t.relkind IN ('r', 'p') AND t.relnamespace = current_schema()::regnamespace
          AND t.relname <> ALL (:ignored) AND NOT EXISTS (
              SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
          )
    """,
    # PostgreSQL 18 lists NOT NULL (n) here too: it is compared as a property of the column.
    "constraint": """
        SELECT t.relname || '.' || k.conname AS name, k.convalidated AS validated,
               replace(replace(pg_get_constraintdef(k.oid, true), ' NOT VALID', ''),
                       quote_ident(current_schema()) || '.', '') AS definition
        FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
        WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND t.relkind IN ('r', 'p')
          AND t.relnamespace = current_schema()::regnamespace AND t.relname <> ALL (:ignored)
    """,
    # ablage_forget belongs to the schema ablage_migrations: it is where anything is remembered of a table.
    "trigger": """
        SELECT t.relname || '.' || g.tgname AS name, g.tgenabled <> 'D' AS enabled,
               replace(pg_get_triggerdef(g.oid, true), quote_ident(current_schema()) || '.', '') AS definition
        FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
        WHERE NOT g.tgisinternal AND g.tgname <> 'ablage_forget' AND t.relkind IN ('r', 'p')
          AND t.relnamespace = current_schema()::regnamespace AND t.relname <> ALL (:ignored)
    """,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the release left it.

    Attributes:
        kind: ``missing table``, ``column type``, ``index predicate``, …
        name: The object: ``documents``, ``documents.status``, ``ix_documents_page``.
        expected: How the release left it; ``None`` if it should not exist.
        found: How it is; ``None`` if it is missing.
    """

    kind: str
    name: str
    expected: object
    found: object

    def __str__(self) -> str:
        if self.kind.startswith(("missing", "extra")):
            return f"{self.kind}: {self.name}"
        return f"{self.kind}: {self.name} is {self.found!r}, should be {self.expected!r}"

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return asdict(self)


async def read(connection: AsyncConnection) -> Catalog:
    """Read the catalog of the schema that a connection works in."""
    return await connection.run_sync(read_now)


def read_now(connection: Connection) -> Catalog:
    """Do the same with a connection that does not know of coroutines."""
    catalog: Catalog = {}
    for kind, query in _QUERIES.items():
        rows = connection.execute(text(query), {"ignored": IGNORED_TABLES}).mappings()
        found = {str(row["name"]): {k: v for k, v in row.items() if k != "name"} for row in rows}
        catalog[kind] = dict(sorted(found.items()))
    return catalog


@cache
def stored(release: str) -> Catalog:
    """Return the catalog that a release left behind.

    Raises:
        KeyError: If there is no such release.
    """
    if release not in RELEASES:
        raise KeyError(f"There is no release {release!r}, only {', '.join(RELEASES)}.")
    catalog: Catalog = json.loads((CATALOGS / f"{release}.json").read_text(encoding="utf-8"))
    return catalog


def compare(expected: Catalog, found: Catalog) -> list[Difference]:
    """Return every difference between two catalogs; what belongs to a missing or extra table is left out."""
    return list(_differences(expected, found))


def _differences(expected: Catalog, found: Catalog) -> Iterator[Difference]:
    gone = expected["table"].keys() - found["table"].keys()
    more = found["table"].keys() - expected["table"].keys()
    for kind in _QUERIES:
        before, after = expected[kind], found[kind]
        for name in sorted(before.keys() | after.keys()):
            if kind != "table" and _table_of(kind, name, before.get(name) or after[name]) in gone | more:
                continue
            if name not in after:
                yield Difference(f"missing {kind}", name, before[name], None)
            elif name not in before:
                yield Difference(f"extra {kind}", name, None, after[name])
            else:
                for key, value in before[name].items():
                    if after[name].get(key) != value:
                        yield Difference(f"{kind} {key}", name, value, after[name].get(key))


def not_ours(differences: list[Difference]) -> list[Difference]:
    """Return those differences that are another program's business: its tables, indexes and triggers.

    What has a name that some release uses is ours, and what changes which rows a table takes concerns us.
    """
    return [
        difference
        for difference in differences
        if difference.kind in {"extra table", "extra index", "extra trigger"}
        and not any(
            difference.name in stored(release)[difference.kind.removeprefix("extra ")] for release in RELEASES
        )
    ]


def _table_of(kind: str, name: str, properties: dict[str, object]) -> str:
    return str(properties["table"]) if kind == "index" else name.partition(".")[0]


def recognize(found: Catalog) -> tuple[str, list[Difference]]:
    """Find the release that a database looks like.

    Tables that belong to nobody known are another program's business and do not count.

    Returns:
        The release that fits best, and what does not fit (nothing: it is exactly that release).
    """
    candidates = {
        release: [d for d in compare(stored(release), found) if d.kind != "extra table"]
        for release in RELEASES
    }
    best = min(candidates, key=lambda release: len(candidates[release]))
    return best, candidates[best]
