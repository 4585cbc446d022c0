"""What revisions are made of: small steps that never keep the application waiting.

Every step is idempotent, so a migration that was killed at any instant is simply run again. Steps print
themselves instead of running when Alembic writes an offline script.
"""

from __future__ import annotations

import logging
import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

from . import backfills
from .bookkeeping import SCHEMA
from .errors import MigrationError
from .offline import Script
from .options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("ablage.migrations")

#: How long a statement may wait for its lock: while it waits, everybody else queues behind it.
LOCK_TIMEOUT_MS = 50
#: How long a statement that holds a strong lock may run: longer means that it does more than it should.
STATEMENT_TIMEOUT_S = 10
_ATTRIBUTE = "attrelid = to_regclass(:table) AND attname = :column AND NOT attisdropped"
_LOCK_NOT_AVAILABLE = "55P03"
_DEADLOCK = "40P01"
_MAX_PAUSE_S = 2.0


class LockPatienceError(MigrationError):
    """A step did not get its locks in time; the message names who holds them."""


def options() -> Options:
    """Return what the caller chose for this run."""
    chosen = op.get_context().opts.get("ablage")
    return chosen if isinstance(chosen, Options) else Options()


def offline() -> bool:
    """Tell whether Alembic only writes a script."""
    return op.get_context().as_sql


def sqlstate(error: DBAPIError) -> str | None:
    """Return the five characters with which PostgreSQL names an error."""
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return state if isinstance(state, str) else None


def run(statement: str) -> None:
    """Run one statement as it is, or print it in an offline script."""
    if offline():
        op.get_context().impl.static_output(statement.strip().rstrip(";") + ";\n")
    else:
        op.get_bind().exec_driver_sql(statement)


def step(*statements: str) -> None:
    """Run statements that need strong locks, all or none, without making the application wait.

    What a revision did before is committed first: nobody shall wait for its locks while this step waits for
    others. Each try waits at most `LOCK_TIMEOUT_MS` for a lock, then lets go of everything and tries again
    after a growing, jittered pause.

    Raises:
        LockPatienceError: If the locks were not to be had for `Options.lock_patience` seconds.
    """
    if offline():
        for statement in (*_limits(), *statements):
            run(statement)
        return
    with op.get_context().autocommit_block():
        pass
    bind = op.get_bind()
    patience = options().lock_patience
    deadline = time.monotonic() + patience
    attempt = 0
    while True:
        try:
            with bind.begin_nested():
                for statement in (*_limits(), *statements):
                    bind.exec_driver_sql(statement)
        except DBAPIError as error:
            if sqlstate(error) not in {_LOCK_NOT_AVAILABLE, _DEADLOCK}:
                raise
            if time.monotonic() > deadline:
                raise LockPatienceError(_who_is_in_the_way(bind, statements[0], patience)) from None
        else:
            return
        attempt += 1
        pause = min(_MAX_PAUSE_S, 0.05 * 2**attempt)
        log.info("waiting for a lock (try %d)", attempt)
        time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter, no secret


def _limits() -> tuple[str, str]:
    return (
        f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'",
        f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_S}s'",
    )


def _who_is_in_the_way(bind: sa.Connection, statement: str, patience: float) -> str:
    oldest = bind.exec_driver_sql(
        "SELECT pid, application_name, state, round(extract(epoch FROM now() - xact_start)) "
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND xact_start IS NOT NULL ORDER BY xact_start LIMIT 3"
    ).all()
    sessions = "; ".join(f"{pid} ({name or 'no name'}, {state}, {s} s)" for pid, name, state, s in oldest)
    return (
        f"No lock for {statement.strip().splitlines()[0]!r} within {patience:.0f} s. "
        f"The longest open transactions, by database process: {sessions or 'none any more'}. "
        "End them (SELECT pg_terminate_backend(PROCESS)) and run the same command again: it continues here."
    )


@contextmanager
def autocommit() -> Iterator[None]:
    """Leave the migration's transaction: what came before is committed, each statement commits itself."""
    with op.get_context().autocommit_block():
        # Nothing in here blocks readers or writers, so it may wait for its locks as long as it takes.
        run("SET lock_timeout = 0")
        run("SET statement_timeout = 0")
        yield


def create_index(name: str, definition: str, *, unique: bool = False) -> None:
    """Build an index while the application reads and writes.

    Args:
        name: Name of the index.
        definition: What follows the name: ``ON documents (created_at)``.
        unique: Whether the index is unique.
    """
    kind = "UNIQUE INDEX" if unique else "INDEX"
    with autocommit():
        if offline() or _index_is_invalid(name):
            # What an interrupted build leaves behind is never used, but written to at every change.
            run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        run(f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} {definition}")


def drop_index(name: str) -> None:
    """Drop an index while the application reads and writes."""
    with autocommit():
        run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def _index_is_invalid(name: str) -> bool:
    return bool(
        op.get_bind().scalar(
            sa.text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"),
            {"name": name},
        )
    )


def validate(table: str, constraint: str) -> None:
    """Check the rows that were there before a ``NOT VALID`` constraint; reads and writes go on."""
    with autocommit():
        run(f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}")


def set_not_null(table: str, column: str) -> None:
    """Make a column NOT NULL without scanning the table under a strong lock."""
    constraint = f"{table}_{column}_present"
    step(
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}",
        f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({column} IS NOT NULL) NOT VALID",
    )
    validate(table, constraint)
    step(
        f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL",
        f"ALTER TABLE {table} DROP CONSTRAINT {constraint}",
    )


def move(name: str, direction: Literal["up", "down"] = "up") -> None:
    """Move data in batches, on connections of their own; what came before is committed first.

    Args:
        name: A data move of `server_stub.migrations.backfills`.
        direction: ``down`` moves it back.
    """
    if offline():
        back = " --down" if direction == "down" else ""
        with autocommit():
            comment = f"Data is moved here. Before you go on, run: ablage-server db backfill {name}{back}"
            op.get_context().impl.static_output(f"-- {comment}\n")
            script = op.get_context().opts.get("ablage_script")
            if isinstance(script, Script):
                script.move(backfills.find(name))
        # In the transaction that records the revision: without the data there is no such revision.
        done = f"name = '{name}' AND direction = '{direction}' AND done"
        run(
            _REFUSE_TO_GO_ON.format(
                wrong=f"NOT EXISTS (SELECT FROM {SCHEMA}.moves WHERE {done})", command=name + back
            )
        )
        return
    chosen = options()
    with autocommit():
        backfills.run(
            op.get_bind().engine.url,
            name,
            direction=direction,
            chunk=chosen.chunk or None,
            workers=chosen.workers,
            pause=chosen.pause,
            max_lag=chosen.max_lag or None,
            on_progress=op.get_context().opts.get("ablage_progress"),
        )


def undone(name: str) -> None:
    """Note that what a data move brought goes with the column or table that is dropped: it is due again."""
    run(f"UPDATE {SCHEMA}.moves SET direction = 'down', done = true WHERE name = '{name}'")  # noqa: S608 - ours


_REFUSE_TO_GO_ON = """
DO $$ BEGIN
    IF {wrong} THEN
        RAISE EXCEPTION 'Data has to be moved first. Run: ablage-server db backfill {command}'
            USING HINT = 'Then write a new script, from the revision that ablage-server db current names.';
    END IF;
END $$
"""


class NotEmptyError(MigrationError):
    """Undoing a revision would delete what the application stored."""


def refuse_if_any(*tables: str) -> None:
    """Refuse to go on while one of the tables holds a row.

    Raises:
        NotEmptyError: If one does.
    """
    if offline():
        return
    for table in tables:
        if op.get_bind().scalar(sa.text("SELECT to_regclass(:table) IS NULL"), {"table": table}):
            continue
        if rows := op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table(table))):
            raise NotEmptyError(
                f"There is no release before this one, and {table} holds {rows} rows that would be deleted. "
                "To delete everything, drop the database itself: DROP DATABASE …"
            )


def keep_column(table: str, column: str, *first: str) -> None:
    """Copy a column aside that nothing else holds, then drop it.

    Args:
        table: The table.
        column: The column.
        first: Statements of the same step, such as one that drops a trigger that needs the column.
    """
    if offline() or has_column(table, column):
        move(f"keep:{table}.{column}", "down")
    step(*first, f"ALTER TABLE {table} DROP COLUMN IF EXISTS {column}")


def restore_column(table: str, column: str) -> None:
    """Bring back what `keep_column` copied aside into the column, which has been added again."""
    if offline():
        aside = f"name = 'keep:{table}.{column}' AND (direction = 'down' OR NOT done)"
        wrong = f"EXISTS (SELECT FROM {SCHEMA}.moves WHERE {aside})"
        run(_REFUSE_TO_GO_ON.format(wrong=wrong, command=f"keep:{table}.{column}"))
    if kept(table, column):
        move(f"keep:{table}.{column}", "up")


def kept(table: str, column: str) -> bool:
    """Tell whether `keep_column` ever copied a column of this database aside."""
    return (
        not offline()
        and _exists("SELECT FROM pg_class WHERE oid = to_regclass(:table)", table=f"{SCHEMA}.moves")
        and _exists("SELECT FROM ablage_migrations.moves WHERE name = :name", name=f"keep:{table}.{column}")
    )


def park_table(table: str) -> None:
    """Put a table aside that an older release does not know; foreign keys keep following deletions."""
    step(*parking(table))


def parking(*tables: str) -> tuple[str, ...]:
    """Return the statements of `park_table`, for a step that does more."""
    return tuple(f"ALTER TABLE IF EXISTS {table} SET SCHEMA {SCHEMA}" for table in tables)


def unpark_table(table: str) -> None:
    """Bring back a table that was put aside, if it was."""
    if offline():
        return  # a script is written for a database that never was at a later release
    if _exists("SELECT FROM pg_class WHERE oid = to_regclass(:table)", table=f"{SCHEMA}.{table}"):
        schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
        step(f"ALTER TABLE {SCHEMA}.{table} SET SCHEMA {schema}")


def existing(*tables: str) -> list[str]:
    """Return those of some tables that are there."""
    return [
        table
        for table in tables
        if not offline() and _exists("SELECT FROM pg_class WHERE oid = to_regclass(:table)", table=table)
    ]


def has_column(table: str, column: str) -> bool:
    """Tell whether a table has a column."""
    return not offline() and _exists(
        f"SELECT FROM pg_attribute WHERE {_ATTRIBUTE}", table=table, column=column
    )


def _exists(query: str, **values: str) -> bool:
    return bool(op.get_bind().scalar(sa.text(f"SELECT EXISTS ({query})"), values))
