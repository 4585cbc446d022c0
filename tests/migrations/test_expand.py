"""Between expand and contract, what one release writes the other one reads."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Sql


@pytest.fixture
def expanded(new_database: Callable[..., str], sql: type[Sql]) -> Sql:
    run = sql(new_database("v2.0-expand"))
    run("INSERT INTO users (email, role) VALUES ('a@example.org', 'user')")
    return run


def _insert(run: Sql, columns: str, *values: object) -> object:
    places = ", ".join(["%s"] * len(values))
    return run.one(
        f"INSERT INTO documents (user_id, filename, storage_key, size, mime_type, status, {columns}) "  # noqa: S608
        f"SELECT id, 'a.pdf', 'k', 1, 'application/pdf', 'pending', {places} FROM users RETURNING id",
        *values,
    )


def _document(run: Sql, document: object, columns: str) -> tuple[object, ...]:
    (row,) = run(f"SELECT {columns} FROM documents WHERE id = %s", document)  # noqa: S608
    return tuple(row.values())


@pytest.mark.parametrize("written", ["ocr_text", "extracted_text"])
@pytest.mark.parametrize("text", ["a text", "", None])
def test_a_text_written_to_either_column_is_in_both(expanded: Sql, written: str, text: str | None) -> None:
    document = _insert(expanded, written, text)
    assert _document(expanded, document, "ocr_text, extracted_text") == (text, text)
    for changed in ("another", None, "", "again"):
        expanded(f"UPDATE documents SET {written} = %s WHERE id = %s", changed, document)  # noqa: S608
        assert _document(expanded, document, "ocr_text, extracted_text") == (changed, changed)


def test_when_both_texts_are_written_the_new_column_wins(expanded: Sql) -> None:
    document = _insert(expanded, "ocr_text, extracted_text", "old", "new")
    assert _document(expanded, document, "ocr_text, extracted_text") == ("new", "new")
    expanded("UPDATE documents SET ocr_text = 'o', extracted_text = 'n' WHERE id = %s", document)
    assert _document(expanded, document, "ocr_text, extracted_text") == ("n", "n")


@pytest.mark.parametrize(
    ("score", "exact"),
    [(0.9, "0.9000"), (0.123456789, "0.1235"), (1, "1.0000"), (0, "0.0000"), (None, None), (95.5, None)],
)
def test_a_float_confidence_gets_its_decimal(expanded: Sql, score: float | None, exact: str | None) -> None:
    document = _insert(expanded, "confidence_score", score)
    wanted = None if exact is None else Decimal(exact)
    columns = "confidence_score, confidence_score_decimal"
    assert _document(expanded, document, columns) == (score, wanted)
    expanded("UPDATE documents SET confidence_score = 0.5 WHERE id = %s", document)
    assert _document(expanded, document, columns) == (0.5, Decimal("0.5000"))


def test_a_decimal_confidence_gets_its_float(expanded: Sql) -> None:
    columns = "confidence_score, confidence_score_decimal"
    document = _insert(expanded, "confidence_score_decimal", Decimal("0.7654"))
    assert _document(expanded, document, columns) == (0.7654, Decimal("0.7654"))
    expanded("UPDATE documents SET confidence_score_decimal = NULL WHERE id = %s", document)
    assert _document(expanded, document, columns) == (None, None)


def test_the_statement_of_the_new_release_works_before_and_after_the_columns_are_swapped(
    expanded: Sql,
) -> None:
    document = _insert(expanded, "extracted_text", "t")
    write = "UPDATE documents SET confidence_score = CAST(%s AS NUMERIC(5, 4)) WHERE id = %s"
    expanded(write, Decimal("0.9876"), document)
    assert _document(expanded, document, "CAST(confidence_score AS NUMERIC(5, 4))") == (Decimal("0.9876"),)


@pytest.mark.parametrize(
    "written",
    [
        '{"content": "t", "score": 0.90, "segments": [{"conf": 0.5}], "x": 1}',
        '{"version": "1.0", "text": "t", "confidence": 0.90, "blocks": [{"confidence": 0.5}], "x": 1}',
        '{"version": "2.0", "text": "t", "confidence": 0.90, "blocks": [{"confidence": 0.5}], "x": 1}',
    ],
)
def test_an_ocr_result_of_any_format_is_stored_in_format_2_0(expanded: Sql, written: str) -> None:
    wanted = {
        "version": "2.0", "text": "t", "confidence": 0.9, "blocks": [{"confidence": 0.5}], "x": 1,
    }  # fmt: skip
    document = _insert(expanded, "ocr_result", written)
    assert _document(expanded, document, "ocr_result") == (wanted,)
    expanded("UPDATE documents SET ocr_result = NULL WHERE id = %s", document)
    expanded("UPDATE documents SET ocr_result = %s WHERE id = %s", written, document)
    assert _document(expanded, document, "ocr_result") == (wanted,)


def test_a_failure_that_only_the_old_release_has_seen_has_no_code_of_an_earlier_one(expanded: Sql) -> None:
    document = _insert(expanded, "extracted_text", None)
    expanded("UPDATE documents SET status = 'failed', error_code = 'DOC_CORRUPT' WHERE id = %s", document)
    assert _document(expanded, document, "error_code") == ("DOC_CORRUPT",)
    for status in ("pending", "processing", "failed"):  # as release 1.0 does, which does not know the column
        expanded("UPDATE documents SET status = %s WHERE id = %s", status, document)
    assert _document(expanded, document, "status, error_code") == ("failed", None)
    again = "UPDATE documents SET status = 'failed', error_code = 'OCR_TIMEOUT' WHERE id = %s"
    for _ in range(2):  # the new release, also where the code is what it was
        expanded(again, document)
        assert _document(expanded, document, "error_code") == ("OCR_TIMEOUT",)


def _roles(run: Sql, email: str = "a@example.org") -> tuple[object, list[object]]:
    names = run(
        "SELECT r.name FROM users u JOIN user_roles ur ON ur.user_id = u.id "
        "JOIN roles r ON r.id = ur.role_id WHERE u.email = %s ORDER BY r.name",
        email,
    )
    return run.one("SELECT role FROM users WHERE email = %s", email), [row["name"] for row in names]


def _assign(run: Sql, *names: str) -> None:
    for name in names:
        run("INSERT INTO user_roles SELECT u.id, r.id FROM users u, roles r WHERE r.name = %s", name)


def test_a_role_written_by_the_old_release_is_the_only_one_of_the_user(expanded: Sql) -> None:
    assert _roles(expanded) == ("user", ["user"])
    expanded("UPDATE users SET role = 'admin'")
    assert _roles(expanded) == ("admin", ["admin"])
    expanded("UPDATE users SET role = 'auditor'")
    assert _roles(expanded) == ("auditor", ["auditor"])
    expanded("UPDATE users SET role = NULL")
    assert _roles(expanded) == (None, [])


def test_of_several_roles_the_old_release_sees_the_most_powerful_one(expanded: Sql) -> None:
    _assign(expanded, "viewer")
    assert _roles(expanded) == ("user", ["user", "viewer"])
    _assign(expanded, "admin")
    assert _roles(expanded) == ("admin", ["admin", "user", "viewer"])
    expanded("UPDATE users SET role = role, full_name = 'unchanged'")
    assert _roles(expanded) == ("admin", ["admin", "user", "viewer"])
    expanded("DELETE FROM user_roles WHERE role_id = 'a1111111-1111-1111-1111-111111111111'")
    assert _roles(expanded) == ("user", ["user", "viewer"])
    expanded("UPDATE users SET role = 'viewer'")
    assert _roles(expanded) == ("viewer", ["viewer"])


def test_deleting_a_role_or_a_user_leaves_nothing_behind(expanded: Sql) -> None:
    expanded("UPDATE users SET role = 'auditor'")
    expanded("DELETE FROM roles WHERE name = 'auditor'")
    assert _roles(expanded) == (None, [])
    expanded("DELETE FROM users")
    assert expanded("SELECT * FROM user_roles") == []


def test_a_user_of_the_new_release_gets_a_role_in_the_old_column(expanded: Sql) -> None:
    with psycopg.connect(expanded.url) as connection:
        connection.execute("INSERT INTO users (email) VALUES ('b@example.org')")
        connection.execute(
            "INSERT INTO user_roles SELECT u.id, r.id FROM users u, roles r "
            "WHERE u.email = 'b@example.org' AND r.name = 'admin'"
        )
    assert _roles(expanded, "b@example.org") == ("admin", ["admin"])


def test_a_write_of_the_old_release_is_noted_and_one_of_the_new_is_not(expanded: Sql) -> None:
    seen = "SELECT count(*) FROM ablage_migrations.heartbeats WHERE release = '1.0'"
    document = _insert(expanded, "extracted_text", "t")
    expanded("UPDATE documents SET extracted_text = 'u' WHERE id = %s", document)
    assert expanded.one(seen) == 0
    expanded("UPDATE documents SET ocr_text = 'v' WHERE id = %s", document)
    assert expanded.one(seen) == 1


def test_an_application_role_without_rights_on_the_bookkeeping_can_write(expanded: Sql) -> None:
    name = f"app_{id(expanded)}"
    with psycopg.connect(expanded.url) as connection:
        connection.execute(f"CREATE ROLE {name}".encode())
        connection.execute(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {name}".encode())
        connection.execute(f"SET ROLE {name}".encode())
        connection.execute(
            "INSERT INTO documents (user_id, filename, storage_key, size, mime_type, status, ocr_text, "
            "ocr_result) SELECT id, 'a.pdf', 'k', 1, 'application/pdf', 'pending', 't', "
            '\'{"content": "t"}\' FROM users'
        )
        connection.rollback()
