"""The SQL of every step is safe to run beside the application."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from server_stub.migrations import commands, plan

SQUAWK = Path(sys.executable).with_name("squawk")
CONFIG = commands.HERE / "squawk.toml"
ALL = [None, *[step.revision for step in commands.script().walk_revisions()][::-1]]
STEPS = [(a, b) for a, b in pairwise(ALL)] + [(b, a) for a, b in pairwise(ALL) if a is not None]

#: What was looked at and is right: rule → how the statement begins → why.
REVIEWED = {
    "prefer-robust-stmts": {
        "CREATE TABLE alembic_version": "Alembic's own table, made before anything else can fail",
        "ALTER TABLE documents ALTER COLUMN status SET DEFAULT": "can be repeated, and is in a transaction",
        "ALTER TABLE notification_events ALTER COLUMN dispatched_at DROP DEFAULT": "the same",
    },
}
#: Statements that change rows outside a data move: how they begin → why no batches are needed.
ROWS_CHANGED_AT_ONCE = {
    "INSERT INTO roles": "three rows into a table that was just made",
    "WITH missing AS ( INSERT INTO users": "adds users that nobody else knows yet; locks no row",
    "DELETE FROM users u USING ablage_migrations.placeholder_users": "only users that were made by the step",
    "UPDATE ablage_migrations.moves SET direction = 'down'": "one row, of our own",
}


def _flat(sql: str) -> str:
    return " ".join(sql.split())


@pytest.mark.parametrize(("start", "target"), STEPS)
def test_squawk_finds_nothing(start: str | None, target: str, tmp_path: Path) -> None:
    script = tmp_path / "step.sql"
    script.write_text(commands.offline_sql(start, target), encoding="utf-8")
    done = subprocess.run(
        [SQUAWK, "--config", CONFIG, "--pg-version", "15", "--reporter", "json", script],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = script.read_text(encoding="utf-8").splitlines()
    found = [
        (finding["rule_name"], _flat(lines[finding["line"]])) for finding in json.loads(done.stdout or "[]")
    ]
    assert [
        (rule, line)
        for rule, line in found
        if not any(line.startswith(reviewed) for reviewed in REVIEWED.get(rule, ()))
    ] == [], done.stdout + done.stderr


@pytest.mark.parametrize(("start", "target"), STEPS)
def test_rows_are_changed_in_batches(start: str | None, target: str) -> None:
    changes = [
        _flat(sql)
        for sql in plan.split(commands.offline_sql(start, target))
        if re.match(r"\s*(WITH|INSERT|UPDATE|DELETE|MERGE|TRUNCATE)\b", sql, re.IGNORECASE)
        and "alembic_version" not in sql
    ]
    assert [
        sql for sql in changes if not any(sql.startswith(reviewed) for reviewed in ROWS_CHANGED_AT_ONCE)
    ] == []


@pytest.mark.parametrize(("start", "target"), STEPS)
def test_a_strong_lock_is_asked_for_with_a_limit_and_slow_work_is_done_without_one(
    start: str | None, target: str
) -> None:
    limited, inside = False, False
    for sql in plan.split(commands.offline_sql(start, target)):
        if sql == "BEGIN":
            inside, limited = True, False
        elif sql == "COMMIT":
            inside = False
        elif sql.startswith("SET LOCAL lock_timeout"):
            limited = True
        elif "CONCURRENTLY" in sql or "VALIDATE CONSTRAINT" in sql:
            assert not inside, sql
        elif plan.lock_of(sql) in {"ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE"}:
            assert inside, sql
            assert limited, sql


@pytest.mark.parametrize(("start", "target"), STEPS)
def test_no_statement_rewrites_a_table_or_scans_it_under_a_strong_lock(
    start: str | None, target: str
) -> None:
    for sql in plan.split(commands.offline_sql(start, target)):
        flat = _flat(sql)
        if flat.startswith("ALTER TABLE"):
            assert not re.search(r"ALTER COLUMN \w+ (SET DATA )?TYPE|SET (UN)?LOGGED|SET TABLESPACE", flat), (
                flat
            )
            if "FOREIGN KEY" in flat or "CHECK (" in flat:
                assert flat.endswith("NOT VALID"), flat
            # A volatile default would be computed for each row; now() is not volatile.
            assert "random" not in flat, flat
        if flat.startswith("CREATE INDEX") and "CONCURRENTLY" not in flat:
            table = plan.table_of(sql)
            # ablage_migrations: the moves' own small tables, indexed while they are empty.
            assert table in {"ablage_migrations", "api_keys", "ocr_results", "notification_events",
                             "notification_deliveries", "user_roles", "document_tags", "refresh_tokens",
                             "webhooks", "idempotency_keys"}, flat  # fmt: skip
