"""A database that wanders up and down while documents come, change and go keeps every one of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ablage_sdk import formats
from server_stub.migrations import commands
from server_stub.migrations.options import Options
from server_stub.migrations.releases import RELEASES
from tests.soak import SOAKING, rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = dict[str, Any]

STATIONS = list(RELEASES)
#: Which columns hold the text at each release, and which format its programs write results in.
TEXTS = {
    "v0.9": ["ocr_text"],
    "v1.0": ["ocr_text"],
    "v2.0-expand": ["ocr_text", "extracted_text"],
    "v2.0": ["extracted_text"],
}
FORMATS = {"v0.9": ["old"], "v1.0": ["1.0"], "v2.0-expand": ["1.0", "2.0"], "v2.0": ["2.0"]}
CONFIDENCES = {
    "v0.9": [],
    "v1.0": ["confidence_score"],
    "v2.0-expand": ["confidence_score", "confidence_score_decimal"],
    "v2.0": ["confidence_score"],
}

NUMBERS = st.sampled_from(["0", "1", "0.50", "0.123", "12345678901234567890.10"]).map(Decimal)
TEXT = st.one_of(st.none(), st.sampled_from(["", "Rechnung", "}, {", '"conf": ', "äöü\n€"]))
SEGMENTS = st.lists(
    st.fixed_dictionaries(
        {"text": st.sampled_from(["a", "{", ""]), "conf": NUMBERS}, optional={"x": NUMBERS}
    ),
    max_size=3,
)
OLD_RESULTS = st.fixed_dictionaries(
    {},
    optional={
        "content": TEXT,
        "score": st.one_of(st.none(), NUMBERS),
        "lang": st.just("de"),
        "segments": SEGMENTS,
        "unknown": NUMBERS,
    },
)
RESULTS = st.one_of(st.none(), OLD_RESULTS)
SCORES = st.one_of(st.none(), st.sampled_from(["0", "1", "0.5", "0.1235", "0.0001"]).map(Decimal))
TAGS = st.frozensets(st.sampled_from(["financial:invoice", "legal:contract", "holiday"]), max_size=2)


@dataclass
class Document:
    """What a document should say at every release that has a place for it."""

    text: str | None = None
    result: Result | None = None  # in format 2.0
    score: Decimal | None = None
    tags: frozenset[str] = frozenset()


@dataclass
class Event:
    """What happens to a document: which one (a new one if there are too few), and what it gets."""

    what: str
    number: int
    values: Document  # its result in the old format
    by_new_release: bool  # where two releases work at once


EVENTS = st.builds(
    Event,
    st.sampled_from(["write", "write", "text", "result", "score", "tags", "delete"]),
    st.integers(0, 5),
    st.builds(Document, TEXT, RESULTS, SCORES, TAGS),
    st.booleans(),
)
#: Each time: what happens, and where to go afterwards.
WALKS = st.lists(
    st.tuples(st.sampled_from(STATIONS), st.lists(EVENTS, min_size=1, max_size=5)), min_size=3, max_size=5
)


@dataclass
class Wanderer:
    """A database, and what should be in it."""

    url: str
    at: str = "v0.9"
    user: UUID = field(default_factory=uuid4)
    documents: dict[UUID, Document] = field(default_factory=dict)
    deleted: list[UUID] = field(default_factory=list)

    def begin(self) -> None:
        self.query("INSERT INTO users (id, email, role) VALUES (%s, 'a@example.org', 'user')", self.user)

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def go(self, target: str) -> None:
        if STATIONS.index(target) > STATIONS.index(self.at):
            # What was written to the old columns by this test came from no server that still runs.
            commands.upgrade(self.url, target, options=Options(quiet_minutes=0))
        else:
            commands.downgrade(self.url, target)
        self.at = target

    def happen(self, event: Event) -> None:
        new = event.number >= len(self.documents)
        document = self._add() if new else list(self.documents)[event.number]
        if event.what == "delete" and not new:
            self.query("DELETE FROM documents WHERE id = %s", document)
            del self.documents[document]
            self.deleted.append(document)
            return
        given, expected = event.values, self.documents[document]
        changed = {"text", "result", "score", "tags"} if new or event.what == "write" else {event.what}
        side = -1 if event.by_new_release else 0
        if "text" in changed:
            self._set(document, TEXTS[self.at][side], given.text)
            expected.text = given.text
        if "result" in changed:
            expected.result = self._set_result(document, given.result, FORMATS[self.at][side])
        if "score" in changed and CONFIDENCES[self.at]:
            self._set(document, CONFIDENCES[self.at][side], given.score)
            expected.score = given.score
        if "tags" in changed and self.at != "v0.9":
            self.query("DELETE FROM document_tags WHERE document_id = %s", document)
            for tag in given.tags:
                self.query("INSERT INTO document_tags (document_id, tag) VALUES (%s, %s)", document, tag)
            expected.tags = given.tags

    def _add(self) -> UUID:
        document = uuid4()
        status = ("", "") if self.at == "v0.9" else (", status", ", 'completed'")
        self.query(
            f"INSERT INTO documents (id, user_id, filename, storage_key, size, mime_type{status[0]}) "  # noqa: S608
            f"VALUES (%s, %s, 'a.pdf', 'a', 1, 'application/pdf'{status[1]})",
            document,
            self.user,
        )
        self.documents[document] = Document()
        return document

    def _set_result(self, document: UUID, old: Result | None, version: str) -> Result | None:
        value = old
        if old is not None and version != "old":
            value = {"1.0": formats.ocr_results_1_0, "2.0": formats.ocr_results}[version].up(old)
        self._set(document, "ocr_result", None if value is None else _dump(value))
        [(stored,)] = self.query("SELECT ocr_result::text FROM documents WHERE id = %s", document)
        return _canonical(stored)

    def _set(self, document: UUID, column: str, value: object) -> None:
        self.query(f"UPDATE documents SET {column} = %s WHERE id = %s", value, document)  # noqa: S608 - ours

    def verify(self) -> None:
        score = CONFIDENCES[self.at][-1] if CONFIDENCES[self.at] else "NULL"
        tags = (
            "NULL" if self.at == "v0.9" else "ARRAY(SELECT tag FROM document_tags WHERE document_id = d.id)"
        )
        for column in TEXTS[self.at]:
            rows = self.query(
                f"SELECT d.id, {column}, ocr_result::text, {score}::numeric(5, 4), {tags} FROM documents AS d"  # noqa: S608
            )
            found = {row[0]: (row[1], _canonical(row[2]), row[3], row[4]) for row in rows}
            assert found == {
                document: (
                    expected.text,
                    expected.result,
                    expected.score if CONFIDENCES[self.at] else None,
                    None if self.at == "v0.9" else _AnyOrder(expected.tags),
                )
                for document, expected in self.documents.items()
            }, f"at {self.at}"
        if self.deleted and self.query("SELECT to_regclass('ablage_migrations.kept') IS NOT NULL") == [
            (True,)
        ]:
            for table in ("kept", "quarantine"):
                remembered = f"SELECT count(*) FROM ablage_migrations.{table} WHERE row_id = ANY (%s)"  # noqa: S608
                assert self.query(remembered, self.deleted) == [(0,)]


class _AnyOrder(frozenset[str]):
    """A set of tags that equals a list of them."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list) and sorted(other) == sorted(self)

    __hash__ = frozenset.__hash__


def _dump(value: object) -> str:
    """Write JSON with every digit of its numbers."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_dump(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_dump, value)) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value)


def _canonical(stored: str | None) -> Result | None:
    """Return a stored result in format 2.0, numbers as they are written."""
    if stored is None:
        return None
    value: Result = json.loads(stored, parse_float=str, parse_int=str)
    return formats.ocr_results.up(value)


@settings(
    max_examples=rounds(usual=3, soak=30),
    deadline=None,
    derandomize=not SOAKING,
    phases=[Phase.generate],  # shrinking would migrate for hours
    suppress_health_check=list(HealthCheck),
)
@given(walk=WALKS)
def test_every_document_survives_a_random_walk(
    new_database: Callable[..., str], walk: list[tuple[str, list[Event]]]
) -> None:
    wanderer = Wanderer(new_database("v0.9"))
    wanderer.begin()
    for target, events in walk:
        for event in events:
            wanderer.happen(event)
        wanderer.verify()
        wanderer.go(target)
        wanderer.verify()
