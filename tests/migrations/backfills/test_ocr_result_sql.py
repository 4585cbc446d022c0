"""The conversion of OCR results in SQL is that of ``ablage_sdk.formats``, on every JSON object."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ablage_sdk import formats
from server_stub.migrations import backfills, commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Cluster  # noqa: TID252 - test folders are no packages

    Convert = Callable[[str], str]


class Digits(Decimal):
    """A number that equals another one only if it is written with the same digits, as in JSONB's text."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digits) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


def load(text: str) -> object:
    return json.loads(text, parse_float=Digits, parse_int=Digits)


def dump(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {dump(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dump, value)) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value)


NUMBERS = st.one_of(
    st.sampled_from(
        ["0", "1", "1.0", "1.00", "0.10", "-0.0", "12345678901234567890", "0.12345678901234567890", "1e25"]
    ),
    st.decimals(allow_nan=False, allow_infinity=False, places=4).map(str),
).map(Digits)
TEXTS = st.one_of(
    st.sampled_from(
        [
            "}, {",
            "[{",
            '", "conf": ',
            '{"conf": 1}',
            "\\",
            '"',
            "{",
            "}",
            "confidence",
            "äöü",
            "1.0",
            "2.0",
            "",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
ITEM_KEYS = st.sampled_from(
    ["text", "bbox", "conf", "confidence", "type", "page", "words", 'x"conf', "{", "co"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(ITEM_KEYS, TEXTS), inner, max_size=3)
    ),
    max_leaves=6,
)
SEGMENTS = st.one_of(
    st.lists(
        st.fixed_dictionaries(
            {"text": TEXTS, "bbox": st.just([Digits(n) for n in range(4)]), "conf": NUMBERS, "type": TEXTS}
        ),
        max_size=4,
    ),
    st.lists(st.one_of(st.dictionaries(ITEM_KEYS, VALUES, max_size=4), SCALARS), max_size=4),
    VALUES,
)
METADATA = st.one_of(
    st.dictionaries(
        st.sampled_from(["language", "pages", "processing_time", "coverage", "lang"]), VALUES, max_size=4
    ),
    VALUES,
)


def _key(name: str) -> st.SearchStrategy[object]:
    if name in {"segments", "blocks"}:
        return SEGMENTS
    if name == "metadata":
        return METADATA
    if name == "version":
        return st.one_of(st.sampled_from(["1.0", "2.0", "3.0"]), SCALARS)
    return VALUES


def _objects(required: list[str], optional: list[str]) -> st.SearchStrategy[object]:
    return st.fixed_dictionaries(
        {name: _key(name) for name in required}, optional={name: _key(name) for name in optional}
    )


OLD = ["content", "score", "engine", "lang", "page_count", "duration", "segments"]
NEW = ["text", "confidence", "backend", "metadata", "blocks"]
SHAPES = st.one_of(
    _objects(OLD, []),
    _objects([], OLD),
    _objects([], [*OLD, "metadata", "words", "version"]),
    _objects(["version", *NEW], []),
    _objects(["version"], [*NEW, "words"]),
    _objects([], ["version", *OLD, *NEW, "words"]),
    st.dictionaries(TEXTS, VALUES, max_size=3),
)
#: Also results that carry an original, as conversions leave behind, true to the rest or edited since.
OBJECTS = st.one_of(
    SHAPES,
    SHAPES.map(lambda value: formats.ocr_results.up(cast("dict[str, object]", value))),
    SHAPES.map(lambda value: formats.ocr_results.down(cast("dict[str, object]", value))),
    st.builds(
        lambda value, key, original: {**cast("dict[str, object]", value), key: original},
        SHAPES,
        st.sampled_from(["_v1", "_v2"]),
        st.one_of(SHAPES, VALUES),
    ),
)
EXAMPLES = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture(scope="module")
def connection(cluster: Cluster) -> Iterator[psycopg.Connection]:
    name = "ocr_result_sql"
    cluster.execute(f"CREATE DATABASE {name}")
    asyncio.run(backfills.install(cluster.url(name), "ocr_result"))
    try:
        with psycopg.connect(cluster.url(name), autocommit=True) as opened:
            yield opened
    finally:
        cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def archive_url(cluster: Cluster) -> Iterator[str]:
    name = "ocr_result_moves"
    cluster.execute(f"CREATE DATABASE {name}")
    commands.upgrade(cluster.url(name), "v0.9")
    asyncio.run(backfills.install(cluster.url(name)))
    yield cluster.url(name)
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _stored(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT id, ocr_result::text FROM documents ORDER BY id").fetchall()


def _call(connection: psycopg.Connection, expression: str, *values: str) -> str:
    row = connection.execute(f"SELECT ({expression})::text".encode(), values).fetchone()
    assert row is not None
    return cast("str", row[0])


def _new(connection: psycopg.Connection, result: str, version: str = "2.0") -> str:
    return _call(connection, "ablage_migrations.ocr_result_to_new(%s::jsonb, %s)", result, version)


def _old(connection: psycopg.Connection, result: str) -> str:
    return _call(connection, "ablage_migrations.ocr_result_to_old(%s::jsonb)", result)


@EXAMPLES
@given(value=OBJECTS, version=st.sampled_from(["1.0", "2.0"]))
def test_to_new_is_the_way_up(connection: psycopg.Connection, value: object, version: str) -> None:
    stored = _call(connection, "%s::jsonb", dump(value))
    conversion = {"1.0": formats.ocr_results_1_0, "2.0": formats.ocr_results}[version]
    expected = conversion.up(cast("dict[str, object]", load(stored)))
    assert load(_new(connection, stored, version)) == expected


@EXAMPLES
@given(value=OBJECTS)
def test_to_old_is_the_way_down(connection: psycopg.Connection, value: object) -> None:
    stored = _call(connection, "%s::jsonb", dump(value))
    expected = formats.ocr_results.down(cast("dict[str, object]", load(stored)))
    assert load(_old(connection, stored)) == expected


@EXAMPLES
@given(value=OBJECTS)
def test_old_results_come_back_with_every_digit(connection: psycopg.Connection, value: object) -> None:
    stored = _call(connection, "%s::jsonb", dump(value))
    if formats.is_old_ocr_result(cast("dict[str, object]", load(stored))):
        at_v1 = _new(connection, stored, "1.0")
        at_v2 = _new(connection, at_v1, "2.0")
        assert _old(connection, _new(connection, at_v2, "1.0")) == stored


@EXAMPLES
@given(value=OBJECTS)
def test_new_results_come_back_with_every_digit(connection: psycopg.Connection, value: object) -> None:
    stored = _call(connection, "%s::jsonb", dump(value))
    result = cast("dict[str, object]", load(stored))
    if not formats.is_old_ocr_result(result):
        assert _new(connection, _old(connection, stored), cast("str", result["version"])) == stored


def test_the_usual_shape_takes_the_fast_path(connection: psycopg.Connection) -> None:
    segment = '{"text": "}, \\"conf\\": [", "bbox": [1, 2, 3, 4], "conf": 0.90, "type": "text"}'
    old = (
        '{"content": "a", "score": 0.50, "engine": "e", "lang": "de", "page_count": 1, "duration": 2.0, '
        f'"segments": [{segment}, {segment}]}}'
    )
    fast = _call(connection, "ablage_migrations.ocr_result_fast_new(%s::jsonb, '2.0')", old)
    assert fast == _new(connection, old)
    assert _call(connection, "ablage_migrations.ocr_result_fast_old(%s::jsonb)", fast) == _old(
        connection, fast
    )


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_only_the_segments_own_key_is_renamed(connection: psycopg.Connection, depth: int) -> None:
    inner = '{"conf": 1}'
    for _ in range(depth):
        inner = f'[1, {inner}, {{"conf": 2}}]'
    converted = _new(connection, f'{{"content": "a", "segments": [{{"conf": 3, "words": {inner}}}]}}')
    blocks = cast("dict[str, list[dict[str, object]]]", load(converted))["blocks"]
    assert list(blocks[0]) == ["words", "confidence"]
    assert dump(blocks[0]["words"]) == inner


UP: tuple[tuple[str, backfills.Direction], ...] = (("ocr_result_v1", "up"), ("ocr_result_v2", "up"))
DOWN: tuple[tuple[str, backfills.Direction], ...] = (("ocr_result_v2", "down"), ("ocr_result_v1", "down"))


# Shrinking would run the moves hundreds of times; the difference is small enough to read.
@settings(EXAMPLES, max_examples=6, phases=[Phase.explicit, Phase.generate])
@given(
    case=st.one_of(
        st.tuples(st.lists(st.one_of(OBJECTS, VALUES), min_size=20, max_size=40), st.just(UP)),
        st.tuples(st.lists(OBJECTS, min_size=20, max_size=40), st.just(DOWN)),
    )
)
def test_moves_there_and_back_return_every_value(
    archive_url: str, case: tuple[list[object], tuple[tuple[str, backfills.Direction], ...]]
) -> None:
    values, moves = case
    with psycopg.connect(archive_url, autocommit=True) as connection:
        connection.execute("TRUNCATE users, documents CASCADE")
        for table in ("moves", "chunks", "kept", "quarantine"):
            connection.execute(f"TRUNCATE ablage_migrations.{table}".encode())
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO documents (user_id, filename, storage_key, size, mime_type, ocr_result) "
                "VALUES (gen_random_uuid(), 'a', 'a', 1, 'a', %s::jsonb)",
                [(dump(value),) for value in values],
            )
        before = _stored(connection)
        for name, direction in moves:
            backfills.run(archive_url, name, direction=direction)
        for name, direction in reversed(moves):
            backfills.run(archive_url, name, direction="down" if direction == "up" else "up")
        changed = [pair for pair in zip(before, _stored(connection), strict=True) if pair[0] != pair[1]]
        assert changed == []
