"""A database of release 0.9 with documents in it, for data moves to work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class Archive:
    """A database with one user, and what tests do with it."""

    url: str
    user: UUID

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def pairs(self, statement: str, *values: object) -> dict[object, object]:
        return {key: value for key, value in self.query(statement, *values)}  # noqa: C416 - checks the width

    def one(self, statement: str, *values: object) -> object:
        [(value,)] = self.query(statement, *values)
        return value

    def add(self, results: Iterable[str | None], **columns: object) -> list[UUID]:
        """Store documents with these values of ``ocr_result``, as JSON text, and of other columns."""
        names = ["id", "user_id", "filename", "storage_key", "size", "mime_type", "ocr_result", *columns]
        places = ", ".join(["%s"] * 6 + ["%s::jsonb"] + ["%s"] * len(columns))
        insert = f"INSERT INTO documents ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - our own names
        ids = []
        with psycopg.connect(self.url) as connection:
            for result in results:
                ids.append(uuid4())
                values = (ids[-1], self.user, "a.pdf", "a", 1, "application/pdf", result, *columns.values())
                connection.execute(insert.encode(), values)
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
