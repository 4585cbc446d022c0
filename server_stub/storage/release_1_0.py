"""How release 1.0 sees the tables: PostgreSQL, in the dialect of an older schema.

Services are written for the tables of release 2.0, see `server_stub.storage.tables`. A server that runs as
release 1.0 talks to its database through this dialect, which says the same things in the columns that
release 1.0 had, on every schema from ``v1.0`` to ``v2.0-expand``:

==================================  ============================================================
release 2.0                         release 1.0
==================================  ============================================================
``documents.extracted_text``        ``documents.ocr_text``
``documents.confidence_score``      the same, a float
``documents.ocr_result``            the same, written in format ``1.0``; blocks name no page
``sha256 page_count error_code``    not there: read as NULL, left out when written
==================================  ============================================================

Statements are translated when they are compiled, which happens once for each: release 2.0 pays nothing for
it, and release 1.0 next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.asyncpg import (
    PGCompiler_asyncpg,
    PGDialect_asyncpg,
    PGIdentifierPreparer_asyncpg,
)

from server_stub.storage.tables import Confidence, OcrResult, documents

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.dml import Insert, Update
    from sqlalchemy.sql.elements import ColumnClause, ColumnElement

d = documents.c

#: Column of release 2.0 → its name in release 1.0.
RENAMED: Mapping[ColumnElement[Any], str] = {d.extracted_text: "ocr_text"}
#: Columns that release 1.0 does not have.
ABSENT: Collection[ColumnElement[Any]] = frozenset({d.sha256, d.page_count, d.error_code})


class _Preparer(PGIdentifierPreparer_asyncpg):
    """Names the columns that statements write to."""

    def format_column(self, column: ColumnElement[Any], *args: Any, **options: Any) -> str:
        if column in ABSENT:
            msg = f"Release 1.0 has no column {column}: give its value as a parameter, which is left out."
            raise sa.exc.CompileError(msg)
        if column in RENAMED:
            options["name"] = RENAMED[column]
        return super().format_column(column, *args, **options)


class _Compiler(PGCompiler_asyncpg):
    """Names the columns that statements read."""

    def visit_column(
        self, column: ColumnClause[Any], add_to_result_map: Any = None, *args: Any, **options: Any
    ) -> str:
        if column not in RENAMED and column not in ABSENT:
            return super().visit_column(column, add_to_result_map, *args, **options)
        if add_to_result_map is not None:  # rows answer to the name that was asked for
            targets = (column, column.name, column.key, *options.get("result_map_targets", ()))
            add_to_result_map(column.name, column.name, targets, column.type)
        if column in ABSENT:
            return f"CAST(NULL AS {self.dialect.type_compiler_instance.process(column.type)})"
        return f"{self.preparer.format_table(documents)}.{self.preparer.quote(RENAMED[column])}"

    def visit_insert(self, insert_stmt: Insert, *args: Any, **options: Any) -> str:
        self._leave_out(insert_stmt)
        return str(super().visit_insert(insert_stmt, *args, **options))  # type: ignore[no-untyped-call]

    def visit_update(self, update_stmt: Update, *args: Any, **options: Any) -> str:
        self._leave_out(update_stmt)
        return super().visit_update(update_stmt, *args, **options)

    def _leave_out(self, statement: Insert | Update) -> None:
        if statement.table is documents and self.column_keys is not None:
            absent = {column.key for column in ABSENT}
            self.column_keys = [key for key in self.column_keys if key not in absent]


class _OcrResult(JSONB):
    """An OCR result in format 1.0."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Return what turns a value into the one that is sent."""
        encode: Callable[[Any], Any] = super().bind_processor(dialect)  # type: ignore[no-untyped-call]
        return lambda value: encode(_as_format_1_0(value))


def _as_format_1_0(result: object) -> object:
    if not isinstance(result, dict):
        return result
    blocks = [{key: block[key] for key in block if key != "page"} for block in result["blocks"]]
    return {**result, "version": "1.0", "blocks": blocks}


class Release1Dialect(PGDialect_asyncpg):
    """The dialect, under the name ``postgresql+ablage_1_0``."""

    supports_statement_cache = True
    statement_compiler = _Compiler
    preparer = _Preparer
    colspecs = {  # noqa: RUF012 - as its base class declares it
        **PGDialect_asyncpg.colspecs,
        Confidence: sa.Double,
        OcrResult: _OcrResult,
    }
