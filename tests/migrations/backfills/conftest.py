"""A database of release 0.9 with documents in it, for data moves to work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OLD_RESULT = (
    '{"content": "Rechnung", "score": 0.50, "engine": "tesseract", "lang": "de", "page_count": 1, '
    '"duration": 2.0, "segments": [{"text": "a", "bbox": [0, 0, 1, 1], "conf": 0.90, "type": "text"}]}'
)


@dataclass(frozen=True)
class Archive:
    """A database with one user, and what tests do with it."""

    url: str
    user: UUID

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *values: object) -> object:
        [(value,)] = self.query(statement, *values)
        return value

    def add(self, results: Iterable[str | None], *, text: str | None = None) -> list[UUID]:
        """Store documents with these values of ``ocr_result``, as JSON text."""
        ids = []
        with psycopg.connect(self.url) as connection:
            for result in results:
                ids.append(uuid4())
                connection.execute(
                    "INSERT INTO documents (id, user_id, filename, storage_key, size, mime_type, ocr_text, ocr_result) "
                    "VALUES (%s, %s, 'a.pdf', 'a', 1, 'application/pdf', %s, %s::jsonb)",
                    (ids[-1], self.user, text, result),
                )
        return ids

    def results(self) -> dict[object, object]:
        """Return the text of every document's ``ocr_result`` by id."""
        return {row[0]: row[1] for row in self.query("SELECT id, ocr_result::text FROM documents")}


@pytest.fixture
def make_archive(new_database: Callable[..., str]) -> Callable[[str], Archive]:
    """Return a function that makes an archive at a release."""

    def make(release: str) -> Archive:
        url = new_database(release)
        user = uuid4()
        archive = Archive(url, user)
        archive.query("INSERT INTO users (id, email) VALUES (%s, 'someone@example.org')", user)
        return archive

    return make


@pytest.fixture
def archive(make_archive: Callable[[str], Archive]) -> Archive:
    """An archive at release 0.9."""
    return make_archive("v0.9")
