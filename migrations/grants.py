"""Rights that roles hold, carried over to what replaces a table or column, and kept for the way back.

An application that is not the owner needs them: its statements fire triggers whose functions write to the
new tables, and it reads the new columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from .neighbours import Leaving

#: New table → the table whose roles get the same rights on it. What holds secrets follows the one that did.
TABLES = {
    "roles": "users",
    "user_roles": "users",
    "document_tags": "documents",
    "refresh_tokens": "api_keys",
    "webhooks": "api_keys",
    "idempotency_keys": "api_keys",
}
#: New column → the old one; only rights on single columns need carrying over.
COLUMNS = {
    ("documents", "extracted_text"): "ocr_text",
    ("documents", "confidence_score_decimal"): "confidence_score",
}

_ON_TABLES = sa.text("""
    SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, new.oid::regclass,
                  CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                  CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_class old CROSS JOIN aclexplode(old.relacl) a CROSS JOIN pg_class new
    WHERE old.oid = to_regclass(:old) AND new.oid = to_regclass(:new) AND a.grantee <> new.relowner
      AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') AND pg_has_role(new.relowner, 'USAGE')
      AND NOT EXISTS (SELECT FROM aclexplode(new.relacl) b
                      WHERE b.grantee = a.grantee AND b.privilege_type = a.privilege_type)
    ORDER BY 1
""")
_ON_COLUMNS = sa.text("""
    SELECT format('GRANT %s (%I) ON %s TO %s', a.privilege_type, CAST(:new AS text), old.attrelid::regclass,
                  CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
    FROM pg_attribute old CROSS JOIN aclexplode(old.attacl) a
    JOIN pg_attribute new ON new.attrelid = old.attrelid AND new.attname = :new AND NOT new.attisdropped
    WHERE old.attrelid = to_regclass(:table) AND old.attname = :old AND NOT old.attisdropped
      AND NOT EXISTS (SELECT FROM aclexplode(new.attacl) b
                      WHERE b.grantee = a.grantee AND b.privilege_type = a.privilege_type)
    ORDER BY 1
""")
_FUNCTIONS = sa.text("""
    SELECT format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', p.oid::regprocedure)
    FROM pg_proc p WHERE p.pronamespace = to_regnamespace('ablage_migrations') AND p.proacl IS NOT NULL
      AND pg_has_role(p.proowner, 'USAGE')
      AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0)
    ORDER BY 1
""")
_KEEP = sa.text("""
    INSERT INTO ablage_migrations.column_extras (place, comment, grants)
    SELECT :place, col_description(a.attrelid, a.attnum), coalesce(array_agg(
               format('GRANT %s (%I) ON %s TO %s', x.privilege_type, a.attname, a.attrelid::regclass,
               CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END))
           FILTER (WHERE x.grantee IS NOT NULL), '{}')
    FROM pg_attribute a LEFT JOIN LATERAL aclexplode(a.attacl) x ON true
    WHERE a.attrelid = to_regclass(:table) AND a.attname = :column AND NOT a.attisdropped
    GROUP BY a.attrelid, a.attnum, a.attname
    ON CONFLICT (place) DO UPDATE SET comment = excluded.comment, grants = excluded.grants
""")
_KEPT = sa.text("""
    SELECT e.place, format('COMMENT ON COLUMN %s.%I IS %L', a.attrelid::regclass, a.attname, e.comment),
           e.grants
    FROM ablage_migrations.column_extras e JOIN pg_attribute a
        ON a.attrelid = to_regclass(split_part(e.place, '.', 1)) AND a.attname = split_part(e.place, '.', 2)
        AND NOT a.attisdropped
    WHERE e.place = ANY (:places)
""")


def missing(connection: Connection) -> list[str]:
    """Return the statements that give every role the rights on what replaces a table or column it may use."""
    statements = list(connection.scalars(_FUNCTIONS))
    for new, old in TABLES.items():
        statements += connection.scalars(_ON_TABLES, {"old": old, "new": new})
    for (table, new), old in COLUMNS.items():
        statements += connection.scalars(_ON_COLUMNS, {"table": table, "old": old, "new": new})
    return statements


def carry_over(connection: Connection) -> list[str]:
    """Give them, in the caller's transaction; return the statements."""
    statements = missing(connection)
    for statement in statements:
        connection.exec_driver_sql(statement)
    return statements


def keep(connection: Connection, places: Iterable[Leaving]) -> None:
    """Remember comments of and rights on columns that are about to be dropped."""
    for place in places:
        if place.column:
            values = {"place": place.place, "table": place.table, "column": place.column}
            connection.execute(_KEEP, values)


def bring_back(connection: Connection, places: Iterable[str]) -> None:
    """Give columns that are there again the comments and rights that they had."""
    for place, comment, statements in connection.execute(_KEPT, {"places": list(places)}).all():
        for statement in (comment, *statements):
            connection.exec_driver_sql(statement)
        connection.execute(
            sa.text("DELETE FROM ablage_migrations.column_extras WHERE place = :place"),
            {"place": place},
        )
