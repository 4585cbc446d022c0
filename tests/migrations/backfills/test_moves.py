"""Each data move by what it does to rows, and what is left of that after the way back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from server_stub.migrations import backfills, commands

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Archive

    MakeArchive = Callable[[str], Archive]

TAXONOMY = "c9d0e1f2a3b4"
BEFORE_TAXONOMY = "b8c9d0e1f2a3"
BEFORE_ROLES = "b2c3d4e5f6a7"
ROLES = "c3d4e5f6a7b8"


def tags(archive: Archive) -> list[tuple[object, ...]]:
    return archive.query("SELECT id, document_id, tag, created_at FROM document_tags ORDER BY id")


def names(archive: Archive) -> set[object]:
    return {row[2] for row in tags(archive)}


# --- tags -------------------------------------------------------------------------------------------


def test_tags_get_their_new_names_and_the_old_ones_back(make_archive: MakeArchive) -> None:
    archive = make_archive(BEFORE_TAXONOMY)
    [document] = archive.add([None], status="completed")
    old = ["invoice", "receipt", "contract", "id", "passport", "letter", "email", "holiday"]
    for tag in old:
        archive.query("INSERT INTO document_tags (document_id, tag) VALUES (%s, %s)", document, tag)
    before = tags(archive)
    commands.upgrade(archive.url, TAXONOMY)
    assert names(archive) == {
        "financial:invoice",
        "financial:receipt",
        "legal:contract",
        "identity:id-card",
        "identity:passport",
        "communication:letter",
        "communication:email",
        "holiday",
    }
    commands.downgrade(archive.url, BEFORE_TAXONOMY)
    assert tags(archive) == before


def test_a_document_with_the_old_and_the_new_tag_gets_both_rows_back(make_archive: MakeArchive) -> None:
    archive = make_archive(BEFORE_TAXONOMY)
    both, only_new = archive.add([None, None], status="completed")
    for document, tag in [(both, "invoice"), (both, "financial:invoice"), (only_new, "financial:invoice")]:
        archive.query("INSERT INTO document_tags (document_id, tag) VALUES (%s, %s)", document, tag)
    before = tags(archive)
    for _ in range(2):
        commands.upgrade(archive.url, TAXONOMY)
        assert [row[2] for row in tags(archive)] == ["financial:invoice"] * 2
        commands.downgrade(archive.url, BEFORE_TAXONOMY)
        assert tags(archive) == before


def test_a_double_does_not_return_once_its_tag_was_taken_away(make_archive: MakeArchive) -> None:
    archive = make_archive(BEFORE_TAXONOMY)
    [document] = archive.add([None], status="completed")
    for tag in ("invoice", "financial:invoice"):
        archive.query("INSERT INTO document_tags (document_id, tag) VALUES (%s, %s)", document, tag)
    commands.upgrade(archive.url, TAXONOMY)
    archive.query("DELETE FROM document_tags")
    commands.downgrade(archive.url, BEFORE_TAXONOMY)
    assert tags(archive) == []


def test_a_tag_written_at_the_new_release_survives_the_way_back_and_forth(make_archive: MakeArchive) -> None:
    archive = make_archive("v2.0")
    [document] = archive.add([None], status="completed")
    for tag in ("invoice", "legal:contract"):
        archive.query("INSERT INTO document_tags (document_id, tag) VALUES (%s, %s)", document, tag)
    before = tags(archive)
    commands.downgrade(archive.url, "v0.9")
    commands.upgrade(archive.url, "v2.0")
    assert tags(archive) == before


# --- roles ------------------------------------------------------------------------------------------


def test_roles_are_carried_over_and_unknown_ones_keep_their_name(make_archive: MakeArchive) -> None:
    archive = make_archive(BEFORE_ROLES)
    for role in ("admin", "user", "viewer", "archivist", None):
        archive.query("INSERT INTO users (email, role) VALUES (%s, %s)", f"{role}@example.org", role)
    before = archive.query("SELECT id, email, role FROM users ORDER BY id")
    commands.upgrade(archive.url, ROLES)
    assert archive.pairs(
        "SELECT u.email, (SELECT string_agg(r.name, ',') FROM user_roles JOIN roles r ON r.id = role_id "
        "WHERE user_id = u.id) FROM users u WHERE u.id <> %s",
        archive.user,
    ) == {
        "admin@example.org": "admin",
        "user@example.org": "user",
        "viewer@example.org": "viewer",
        "archivist@example.org": "archivist",
        "None@example.org": None,
    }
    assert archive.one("SELECT permissions::text FROM roles WHERE name = 'archivist'") == "{}"
    [reported] = backfills.quarantined(archive.url, "roles")
    assert "unknown role 'archivist'" in reported.reason
    commands.upgrade(archive.url, "v2.0")
    commands.downgrade(archive.url, BEFORE_ROLES)
    assert archive.query("SELECT id, email, role FROM users ORDER BY id") == before


# --- confidence -------------------------------------------------------------------------------------

FLOATS = [0.5, 0.98765, 1 / 3, 0.0, -0.0, 1.0, 95.0, 1.00004, -1.0, 1e-300, 5e-324, math.nan, math.inf, None]


def test_every_float_comes_back_exactly(make_archive: MakeArchive) -> None:
    archive = make_archive("v1.0")
    for value in FLOATS:
        archive.add([None], status="completed", confidence_score=value)
    exact = "SELECT id, confidence_score::text FROM documents ORDER BY id"
    before = archive.query(exact)
    commands.upgrade(archive.url, "v2.0")
    decimals = {row[0] for row in archive.query("SELECT confidence_score::text FROM documents")}
    assert decimals == {"0.5000", "0.9877", "0.3333", "0.0000", "1.0000", None}
    reasons = [row.reason for row in backfills.quarantined(archive.url, "confidence")]
    assert len(reasons) == 5
    assert any("95" in reason for reason in reasons)
    commands.downgrade(archive.url, "v1.0")
    assert archive.query(exact) == before


def test_a_confidence_changed_at_the_new_release_is_the_one_that_goes_back(make_archive: MakeArchive) -> None:
    archive = make_archive("v1.0")
    archive.add([None], status="completed", confidence_score=0.98765)
    commands.upgrade(archive.url, "v2.0")
    archive.query("UPDATE documents SET confidence_score = 0.4321")
    commands.downgrade(archive.url, "v1.0")
    assert archive.one("SELECT confidence_score FROM documents") == 0.4321


# --- texts, results, status --------------------------------------------------------------------------


def test_ocr_results_are_merged_where_a_document_has_none_and_taken_out_again(archive: Archive) -> None:
    newest, text_only, own, null, odd = archive.add([None, None, '{"content": "own"}', "null", None])
    for document, content, result, age in [
        (newest, "old", '{"content": "old", "score": 0.10}', 2),
        (newest, "new", '{"content": "new", "score": 0.90}', 1),
        (text_only, "just text", None, 1),
        (own, "other", '{"content": "other"}', 1),
        (null, "found", '{"content": "found", "extra": 1.00}', 1),
        (odd, None, "[1]", 1),
    ]:
        archive.query(
            "INSERT INTO ocr_results (document_id, engine, content, score, result, created_at) "
            "VALUES (%s, 'tesseract', %s, 0.123456789, %s::jsonb, now() - make_interval(days => %s))",
            document,
            content,
            result,
            age,
        )
    rows = "SELECT id, ocr_text, ocr_result::text FROM documents ORDER BY id"
    results = (
        "SELECT id, document_id, engine, content, score, result::text, created_at "
        "FROM ocr_results ORDER BY id"
    )
    before = archive.query(rows), archive.query(results)
    commands.upgrade(archive.url, "v2.0-expand")
    merged = {
        row[0]: row[1:]
        for row in archive.query(
            "SELECT id, ocr_result ->> 'text', ocr_result ->> 'version', extracted_text, ocr_backend, status "
            "FROM documents"
        )
    }
    assert merged == {
        newest: ("new", "2.0", "new", "tesseract", "completed"),
        text_only: ("just text", "2.0", "just text", "tesseract", "completed"),
        own: ("own", "2.0", None, None, "completed"),
        null: ("found", "2.0", "found", "tesseract", "completed"),
        odd: (None, None, None, None, "completed"),
    }
    assert [row.row_id for row in backfills.quarantined(archive.url, "merge_ocr_results")] == [odd]
    commands.downgrade(archive.url, "v0.9")
    assert (archive.query(rows), archive.query(results)) == before


def test_text_is_copied_both_ways(archive: Archive) -> None:
    archive.add([None], ocr_text="Grüße")
    archive.add([None], ocr_text="")
    archive.add([None])
    rows = "SELECT id, {} FROM documents ORDER BY id"
    before = archive.query(rows.format("ocr_text"))
    commands.upgrade(archive.url, "v2.0")
    assert archive.query(rows.format("extracted_text")) == before
    commands.downgrade(archive.url, "v0.9")
    assert archive.query(rows.format("ocr_text")) == before


def test_status_follows_from_what_a_document_has(archive: Archive) -> None:
    result, odd, text, failed, nothing = (
        *archive.add(['{"content": "a"}', "[1]"]),
        *archive.add([None], ocr_text="a"),
        *archive.add([None, None]),
    )
    archive.query("UPDATE documents SET error_message = 'broken' WHERE id = %s", failed)
    commands.upgrade(archive.url, "v1.0")
    assert archive.pairs("SELECT id, status FROM documents") == {
        result: "completed",
        odd: "completed",
        text: "completed",
        failed: "failed",
        nothing: "pending",
    }


def test_a_decimal_that_only_the_new_column_takes_survives_every_way(make_archive: MakeArchive) -> None:
    archive = make_archive("v2.0")
    for value in ("1.5", "9.9999", "-0.25", "0.5", None):
        archive.add([None], status="completed", confidence_score=value)
    exact = "SELECT id, confidence_score::text FROM documents ORDER BY id"
    before = archive.query(exact)
    for release in ("v2.0-expand", "v1.0", "v0.9"):
        commands.downgrade(archive.url, release)
        commands.upgrade(archive.url, "v2.0")
        assert archive.query(exact) == before, release


def test_pages_are_counted_from_the_result(archive: Archive) -> None:
    results = [
        '{"page_count": 3}',
        '{"page_count": 2.0}',
        '{"page_count": "3"}',
        '{"page_count": -1}',
        "[1]",
        None,
    ]
    three, *others = archive.add(results)
    pages = "SELECT id, page_count FROM documents"
    commands.upgrade(archive.url, "v2.0-expand")
    assert archive.pairs(pages) == {three: 3} | dict.fromkeys(others)
    # A server of release 1.0, which does not know the column, stores a result; somebody empties a number.
    archive.query("""UPDATE documents SET ocr_result = '{"page_count": 7}' WHERE id = %s""", others[0])
    archive.query("UPDATE documents SET page_count = NULL WHERE id = %s", three)
    stored = archive.pairs(pages)
    assert stored == {three: None, others[0]: 7} | dict.fromkeys(others[1:])
    for release in ("v0.9", "v1.0"):
        commands.upgrade(archive.url, "v2.0")
        commands.downgrade(archive.url, release)
        commands.upgrade(archive.url, "v2.0-expand")
        assert archive.pairs(pages) == stored
    commands.upgrade(archive.url, "v2.0")
    assert archive.pairs(pages) == stored


@pytest.mark.parametrize("column", ["confidence_score", "extracted_text", "ocr_backend", "ocr_result"])
def test_what_was_emptied_after_the_merge_stays_empty(archive: Archive, column: str) -> None:
    """Also where a document has had a result of its own, or the merged one was edited."""
    merged, own, untouched = archive.add([None, '{"content": "own"}', None], ocr_text=None)
    for document in (merged, own, untouched):
        archive.query(
            "INSERT INTO ocr_results (document_id, engine, content, score) "
            "VALUES (%s, 'tesseract', 'x', 0.5)",
            document,
        )
    commands.upgrade(archive.url, "v2.0")
    content = (
        "SELECT id, extracted_text, confidence_score::text, ocr_backend, ocr_result::text "
        "FROM documents ORDER BY id"
    )
    full = archive.query(content)
    archive.query(f"UPDATE documents SET {column} = NULL WHERE id <> %s", untouched)  # noqa: S608 - ours
    emptied = archive.query(content)
    assert emptied != full
    for _ in range(2):
        commands.downgrade(archive.url, "v0.9")
        commands.upgrade(archive.url, "v2.0")
        assert archive.query(content) == emptied


def test_a_merge_that_runs_again_does_not_fill_what_was_emptied(make_archive: MakeArchive) -> None:
    archive = make_archive("v1.0")
    [document] = archive.add([None], status="completed")
    insert = "INSERT INTO ocr_results (document_id, content, created_at) VALUES (%s, %s, clock_timestamp())"
    archive.query(insert, document, "first")
    commands.upgrade(archive.url, "v2.0-expand")
    archive.query("UPDATE documents SET ocr_result = NULL")
    assert backfills.run(archive.url, "merge_ocr_results").rows_moved == 0
    assert archive.results() == {document: None}
    archive.query(insert, document, "second")  # by a server of the old release, and newer
    assert backfills.run(archive.url, "merge_ocr_results").rows_moved == 1
    assert archive.one("SELECT ocr_result ->> 'text' FROM documents") == "second"
    assert archive.one("SELECT ocr_result ->> 'version' FROM documents") == "2.0"
    commands.upgrade(archive.url, "v2.0")
    commands.downgrade(archive.url, "v1.0")
    assert archive.results() == {document: None}


def test_what_is_emptied_below_the_merge_stays_empty(archive: Archive) -> None:
    own, edited, merged = archive.add(['{"content": "own"}', None, None])
    for document in (own, edited, merged):
        archive.query("INSERT INTO ocr_results (document_id, content) VALUES (%s, 'stale')", document)
    commands.upgrade(archive.url, "v2.0-expand")
    archive.query("""UPDATE documents SET ocr_result = '{"version": "2.0"}' WHERE id = %s""", edited)
    commands.downgrade(archive.url, "v1.0")
    archive.query("UPDATE documents SET ocr_result = NULL, ocr_text = NULL WHERE id <> %s", merged)
    commands.upgrade(archive.url, "v2.0")
    assert archive.pairs("SELECT id, ocr_result ->> 'text' FROM documents") == {
        own: None,
        edited: None,
        merged: "stale",
    }


# --- columns that are dropped on the way back --------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "declaration", "values"),
    [
        ("language", "VARCHAR(10) DEFAULT 'de'", ["de", "fr", None]),
        ("score", "DOUBLE PRECISION", ["0.1", "NaN", "1e-300", None]),
        ("seen_at", "TIMESTAMPTZ", ["2026-02-03 04:05:06.789012+00", "infinity", None]),
        ("scopes", "JSONB DEFAULT '[]'::jsonb", ["[]", '"text"', "null", '{"a": 1.00}', None]),
        ("flag", "BOOLEAN DEFAULT false NOT NULL", ["true", "false"]),
    ],
)
def test_a_dropped_column_comes_back_with_every_value(
    archive: Archive, column: str, declaration: str, values: list[str | None]
) -> None:
    add = f"ALTER TABLE documents ADD COLUMN {column} {declaration}"
    archive.query(add)
    ids = archive.add([None] * len(values))
    for document, value in zip(ids, values, strict=True):
        archive.query(f"UPDATE documents SET {column} = %s WHERE id = %s", value, document)  # noqa: S608 - ours
    rows = f"SELECT id, {column}::text FROM documents ORDER BY id"  # noqa: S608 - ours
    before = archive.query(rows)
    for _ in range(2):
        backfills.run(archive.url, f"keep:documents.{column}", direction="down")
        archive.query(f"ALTER TABLE documents DROP COLUMN {column}")
        archive.query(add)
        backfills.run(archive.url, f"keep:documents.{column}")
        assert archive.query(rows) == before


def test_a_status_is_not_given_back_to_a_document_recognised_since(make_archive: MakeArchive) -> None:
    archive = make_archive("v1.0")
    ids = [archive.add([None], status=status)[0] for status in ("processing", "failed", "pending")]
    commands.downgrade(archive.url, "v0.9")
    for document, change in ((ids[0], "ocr_text = 'done'"), (ids[1], "filename = 'b'")):
        archive.query(
            f"UPDATE documents SET {change}, updated_at = clock_timestamp() WHERE id = %s",  # noqa: S608 - ours
            document,
        )
    commands.upgrade(archive.url, "v1.0")
    assert archive.pairs("SELECT id, status FROM documents") == dict(
        zip(ids, ("completed", "failed", "pending"), strict=True)
    )
