"""Data moves end to end: killed, paused, beside writers, with rows that cannot be converted."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest

from server_stub.migrations import backfills
from tests.patience import patient
from tests.soak import rounds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Archive

OLD = '{"content": "a", "score": 0.50, "segments": [{"text": "a", "conf": 0.90}]}'
NEW = '{"text": "a", "blocks": [{"text": "a", "confidence": 0.90}], "version": "1.0", "confidence": 0.50}'
MIGRATOR = """
import sys
from server_stub.migrations import backfills
print("ready", flush=True)
backfills.run(sys.argv[1], "ocr_result_v1", direction=sys.argv[2], chunk=5, pause=0.02)
"""
#: Notes each time that a statement changes a result, in the statement's own transaction.
NOTE_CHANGES = """
CREATE TABLE changes (id uuid);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO changes VALUES (NEW.id); RETURN NULL; END $$;
CREATE TRIGGER note AFTER UPDATE OF ocr_result ON documents FOR EACH ROW EXECUTE FUNCTION note();
"""


def until(condition: Callable[[], object], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.02)


def start_migrator(archive: Archive, direction: str = "up") -> subprocess.Popen[bytes]:
    migrator = subprocess.Popen(
        [sys.executable, "-c", MIGRATOR, archive.url, direction], stdout=subprocess.PIPE
    )
    assert migrator.stdout is not None
    assert migrator.stdout.readline() == b"ready\n"
    return migrator


def kill_after(migrator: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill a migrator; tell whether it was still at work."""
    try:
        migrator.wait(seconds)
    except subprocess.TimeoutExpired:
        migrator.kill()
    with migrator:
        return migrator.wait() < 0


def test_kills_leave_no_row_behind_and_convert_none_twice(archive: Archive) -> None:
    wanted = rounds(usual=6, soak=20)
    ids = archive.add([OLD] * 4000)
    archive.query(NOTE_CHANGES)
    rng = random.Random(20)
    kills = 0
    while kills < wanted:
        kills += kill_after(start_migrator(archive), rng.uniform(0.0, 0.8))
        assert archive.one("SELECT count(*) FROM documents WHERE ocr_result ? 'content'") != 0, "too few rows"
    partly = archive.one("SELECT count(*) FROM documents WHERE NOT ocr_result ? 'content'")
    finished = backfills.run(archive.url, "ocr_result_v1")
    assert partly != 0
    assert finished.state == "done"
    assert finished.rows_moved == len(ids)
    assert set(archive.results().values()) == {NEW}
    assert archive.query("SELECT count(*), count(DISTINCT id) FROM changes") == [(len(ids), len(ids))]


@pytest.mark.parametrize("turns", [1, 2])
def test_an_interrupted_move_can_be_turned_round(archive: Archive, turns: int) -> None:
    archive.add([OLD, '{"version": "1.0", "text": "written by a newer program"}', "[1]", None] * 200)
    before = archive.results()
    done = "SELECT coalesce(sum(rows_done), 0) FROM ablage_migrations.chunks WHERE move = 'ocr_result_v1'"
    for turn in range(turns):
        migrator = start_migrator(archive, "down" if turn % 2 else "up")
        until(lambda: archive.one("SELECT to_regclass('ablage_migrations.chunks') IS NOT NULL"))
        until(lambda: archive.one(f"SELECT ({done}) > 50"))
        assert kill_after(migrator, 0)
    backfills.run(archive.url, "ocr_result_v1", direction="down")
    if turns == 1:
        assert archive.results() == before
    backfills.run(archive.url, "ocr_result_v1", direction="up")
    assert archive.one("SELECT count(*) FROM documents WHERE ocr_result ? 'content'") == 0
    backfills.run(archive.url, "ocr_result_v1", direction="down")
    assert archive.results() == before


def test_two_processes_share_the_work(archive: Archive) -> None:
    ids = archive.add([OLD] * 600)
    archive.query(NOTE_CHANGES)
    migrators = [start_migrator(archive) for _ in range(2)]
    for migrator in migrators:
        with migrator:
            assert migrator.wait(patient(120)) == 0
    assert set(archive.results().values()) == {NEW}
    assert archive.query("SELECT count(*), count(DISTINCT id) FROM changes") == [(len(ids), len(ids))]


@pytest.mark.parametrize("value", ["[1, 2]", '"text"', "42.10", "true"])
def test_what_is_no_object_is_set_aside_and_comes_back(archive: Archive, value: str) -> None:
    [odd, _] = archive.add([value, OLD])
    finished = backfills.run(archive.url, "ocr_result_v1")
    assert finished.quarantined == 1
    [row] = backfills.quarantined(archive.url)
    assert (row.table, row.row_id, row.value) == ("documents", odd, value)
    assert "not an object" in row.reason
    assert archive.results()[odd] is None
    backfills.run(archive.url, "ocr_result_v1", direction="down")
    assert archive.results()[odd] == value
    assert backfills.quarantined(archive.url) == []


def test_json_null_says_that_there_is_no_result_in_every_format(archive: Archive) -> None:
    [nothing] = archive.add(["null"])
    assert backfills.run(archive.url, "ocr_result_v1").quarantined == 0
    assert archive.results()[nothing] == "null"


def test_a_row_that_refuses_to_be_changed_does_not_stop_the_others(archive: Archive) -> None:
    ids = archive.add([OLD] * 300)
    archive.query(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'this document is sealed'; END $$"
    )
    archive.query(
        f"CREATE TRIGGER refuse BEFORE UPDATE ON documents FOR EACH ROW WHEN (OLD.id = '{ids[70]}') "
        "EXECUTE FUNCTION refuse()"
    )
    finished = backfills.run(archive.url, "ocr_result_v1")
    assert (finished.rows_moved, finished.quarantined) == (299, 1)
    [row] = backfills.quarantined(archive.url, "ocr_result_v1")
    assert row.row_id == ids[70]
    assert "this document is sealed" in row.reason
    assert {document for document, result in archive.results().items() if result == OLD_AS_STORED} == {
        ids[70]
    }


OLD_AS_STORED = '{"score": 0.50, "content": "a", "segments": [{"conf": 0.90, "text": "a"}]}'


def test_nothing_is_begun_while_the_pause_file_exists(archive: Archive, tmp_path: Path) -> None:
    archive.add([OLD] * 50)
    pause = tmp_path / "pause"
    pause.touch()
    states: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(
            backfills.run,
            archive.url,
            "ocr_result_v1",
            pause_file=pause,
            on_progress=lambda progress: states.append(progress.state),
        )
        until(lambda: states.count("paused") >= 2)
        assert archive.one("SELECT count(*) FROM documents WHERE ocr_result ? 'version'") == 0
        pause.unlink()
        assert run.result(60).rows_moved == 50
    assert states[-1] == "done"


def test_no_edit_made_during_a_move_is_lost(archive: Archive) -> None:
    ids = archive.add([OLD] * 1500)
    stop = threading.Event()
    edits = dict.fromkeys(ids, 0)

    def edit(seed: int) -> None:
        """Count edits in the results, in whichever format they are; now and then write a whole old one."""
        rng = random.Random(seed)
        mine = ids[seed::2]
        with psycopg.connect(archive.url, autocommit=True) as connection:
            while not stop.is_set():
                document = rng.choice(mine)
                edits[document] += 1
                if rng.random() < 0.3:
                    connection.execute(
                        "UPDATE documents SET ocr_result = %s::jsonb || jsonb_build_object('edits', %s::int) "
                        "WHERE id = %s",
                        (OLD, edits[document], document),
                    )
                else:
                    connection.execute(
                        "UPDATE documents SET ocr_result = jsonb_set(ocr_result, '{edits}', "
                        "to_jsonb(coalesce((ocr_result ->> 'edits')::int, 0) + 1)) WHERE id = %s",
                        (document,),
                    )

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(edit, seed) for seed in (0, 1)]
        try:
            until(lambda: sum(edits.values()) > 50)
            finished = backfills.run(archive.url, "ocr_result_v1", chunk=20)
            before = sum(edits.values())
            until(lambda: sum(edits.values()) > before + 50)  # the trigger stays
        finally:
            stop.set()
        for writer in writers:
            writer.result(60)
    assert finished.state == "done"
    stored = archive.query(
        "SELECT id, coalesce((ocr_result ->> 'edits')::int, 0), ocr_result ->> 'version', "
        "ocr_result ? 'content' FROM documents"
    )
    assert {row[0]: row[1] for row in stored} == edits
    assert {row[2:] for row in stored} == {("1.0", False)}


def test_a_row_that_somebody_holds_is_waited_for_without_holding_up_the_rest(archive: Archive) -> None:
    ids = archive.add([OLD] * 200)
    left = "SELECT count(*) FROM documents WHERE ocr_result ? 'content'"
    with ThreadPoolExecutor(1) as pool, psycopg.connect(archive.url) as other:
        other.execute("SELECT FROM documents WHERE id = %s FOR UPDATE", (ids[100],))
        run = pool.submit(backfills.run, archive.url, "ocr_result_v1", chunk=20, workers=1)
        until(lambda: archive.one(f"SELECT ({left}) <= 20"))
        until(lambda: 'error_type="LockNotAvailable"' in backfills.render_metrics(archive.url))
        assert not run.done()
        other.rollback()
        assert run.result(60).rows_moved == 200


def test_a_write_that_began_before_the_move_and_ends_during_it_is_converted(archive: Archive) -> None:
    archive.add([OLD] * 10)
    [late] = archive.add(['{"version": "1.0", "text": "a"}'])
    with ThreadPoolExecutor(1) as pool, psycopg.connect(archive.url) as other:
        other.execute("UPDATE documents SET ocr_result = %s::jsonb WHERE id = %s", (OLD, late))
        run = pool.submit(backfills.run, archive.url, "ocr_result_v1")
        until(lambda: archive.one("SELECT to_regclass('ablage_migrations.quarantine') IS NOT NULL"))
        time.sleep(0.5)
        assert not run.done()
        other.commit()
        run.result(60)
    assert archive.results()[late] == NEW


def test_a_finished_move_changes_nothing_when_it_runs_again(archive: Archive) -> None:
    archive.add([OLD, "[1]", '{"version": "2.0", "text": "a"}'])
    backfills.run(archive.url, "ocr_result_v1")
    before = archive.query("SELECT id, xmin::text, ocr_result::text FROM documents ORDER BY id")
    assert backfills.run(archive.url, "ocr_result_v1").rows_moved == 0
    assert archive.query("SELECT id, xmin::text, ocr_result::text FROM documents ORDER BY id") == before


def test_it_runs_from_inside_an_event_loop(archive: Archive) -> None:
    archive.add([OLD])

    async def migrate() -> backfills.Progress:
        return backfills.run(archive.url, "ocr_result_v1")

    assert asyncio.run(migrate()).rows_moved == 1


def test_an_empty_table_is_done_at_once(archive: Archive) -> None:
    assert backfills.run(archive.url, "ocr_result_v1").rows_done == 0
    assert backfills.run(archive.url, "ocr_result_v1", direction="down").state == "done"


def test_status_names_every_move_that_was_started(archive: Archive) -> None:
    assert backfills.status(archive.url) == []
    archive.add([OLD] * 10)
    backfills.run(archive.url, "ocr_result_v1")
    [progress] = backfills.status(archive.url)
    assert (progress.name, progress.direction, progress.state) == ("ocr_result_v1", "up", "done")
    assert (progress.rows_done, progress.rows_left, progress.rows_moved, progress.eta) == (10, 0, 10, 0.0)


def test_metrics_go_to_a_file_for_the_collector(archive: Archive, tmp_path: Path) -> None:
    archive.add([OLD] * 10 + ["[]"])
    backfills.run(archive.url, "ocr_result_v1")
    backfills.record_duration(archive.url, "a1b2c3d4e5f6", 1.5)
    backfills.record_error(archive.url, "a1b2c3d4e5f6", "LockNotAvailable")
    target = tmp_path / "ablage.prom"
    backfills.write_textfile(archive.url, target)
    lines = target.read_text(encoding="utf-8").splitlines()
    label = 'migration_version="b2c3d4e5f6a7",move="ocr_result_v1",direction="up"'
    assert 'migration_duration_seconds{migration_version="a1b2c3d4e5f6"} 1.5' in lines
    assert 'migration_errors_total{migration_version="a1b2c3d4e5f6",error_type="LockNotAvailable"} 1' in lines
    assert f"migration_rows_moved_total{{{label}}} 10" in lines
    assert f"migration_rows_quarantined{{{label}}} 1" in lines
    assert list(tmp_path.iterdir()) == [target]


def test_an_unknown_move_is_answered_with_those_there_are(archive: Archive) -> None:
    with pytest.raises(backfills.UnknownMoveError, match=r"no data move 'ocr'.*ocr_result_v1"):
        backfills.run(archive.url, "ocr")


def test_a_move_that_cannot_run_says_why_and_how_to_go_on(archive: Archive) -> None:
    archive.add([OLD])
    with pytest.raises(
        backfills.BackfillError,
        match=r"'extracted_text' stopped; .*\"extracted_text\" does not exist.*db check",
    ):
        backfills.run(archive.url, "extracted_text")
    label = 'migration_version="d6e7f8a9b0c1",error_type="UndefinedColumn"'
    assert f"migration_errors_total{{{label}}} 1" in backfills.render_metrics(archive.url).splitlines()
