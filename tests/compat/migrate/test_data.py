"""Saved data goes to v2 and comes back as it was."""

from __future__ import annotations

import datetime as dt
import io
import json
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ablage_client_compat.migrate.data.convert import convert, convert_file
from ablage_client_compat.migrate.data.jsonstream import Reader
from ablage_client_compat.migrate.data.pickles import read_pickles
from ablage_client_compat.migrate.data.stores import migrate_store
from ablage_client_compat.models import Document
from tests.patience import patient

if TYPE_CHECKING:
    from ablage_client_compat.migrate.data.jsonstream import JSON

V1: dict[str, JSON] = {
    "id": "0190",
    "filename": "a.pdf",
    "status": "completed",
    "ocr_text": "Grüße",
    "confidence_score": 0.5,
    "ocr_result": {"content": "Grüße", "score": 0.5, "engine": "x", "page_count": 2, "segments": []},
    "error_message": None,
    "own": [1, 2.5, None],
}

values: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
results = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("content", "score", "engine", "lang", "segments", "text", "version"), values),
)
documents = st.fixed_dictionaries(
    {"ocr_text": values},
    optional={"filename": values, "status": values, "ocr_result": values | results, "extracted_text": values},
)
browser_documents = st.fixed_dictionaries(
    {},
    optional={"ocrText": values, "extractedText": values, "ocrResult": values | results, "pageCount": values},
)


@given(documents)
def test_a_document_comes_back_as_it_was(document: dict[str, JSON]) -> None:
    assert convert(convert(document, "v2"), "v1") == document


@given(documents)
def test_converting_twice_is_converting_once(document: dict[str, JSON]) -> None:
    once = convert(document, "v2")
    assert convert(once, "v2") == once


@settings(max_examples=200)
@given(st.lists(browser_documents, max_size=2), st.sampled_from([0, 1, 2]), st.sampled_from([0, 1, 2]))
def test_a_store_comes_back_as_it_was(documents: list[JSON], version: int, to: int) -> None:
    store: JSON = {"state": {"documents": documents, "filter": "x"}, "version": version}
    assert migrate_store(migrate_store(store, to), version) == store


def test_a_store_takes_the_steps_of_the_browser() -> None:
    store: JSON = {
        "state": {"documents": [{"id": 1, "ocrText": "hi", "ocrResult": {"score": 0.9, "engine": "e"}}]},
        "version": 0,
    }
    assert migrate_store(store, 1) == {
        "state": {
            "documents": [{"id": 1, "extractedText": "hi", "ocrResult": {"score": 0.9, "engine": "e"}}]
        },
        "version": 1,
    }
    before: JSON = {"id": 1, "extractedText": "hi", "ocrResult": {"score": 0.9, "engine": "e"}}
    result: JSON = {"version": "2.0", "text": "hi", "confidence": 0.9, "backend": "e"}
    assert convert(store, "v2") == {
        "state": {"documents": [{"id": 1, "extractedText": "hi", "ocrResult": result, "_v1": before}]},
        "version": 2,
    }


def test_an_export_of_the_browser_storage_is_a_store_in_a_string() -> None:
    inner = {"state": {"documents": [{"ocrText": "hi"}]}, "version": 0}
    export: JSON = {"document-storage": json.dumps(inner), "theme": "dark"}
    moved = convert(export, "v2")
    assert isinstance(moved, dict)
    assert '"extractedText": "hi"' in str(moved["document-storage"])
    assert moved["theme"] == "dark"


def test_a_store_of_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match="version 3"):
        migrate_store({"state": {"documents": []}, "version": 3})


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(V1) + "\n",
        json.dumps([V1, V1]),
        json.dumps([V1, V1], indent=4),
        json.dumps([], indent=2),
        json.dumps(V1) + "\n" + json.dumps(V1) + "\n",
        json.dumps({"items": [V1], "total": 1}, indent=2, ensure_ascii=False) + "\n",
    ],
    ids=["one", "array", "indented", "empty", "lines", "page"],
)
def test_a_file_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    path = tmp_path / "saved.json"
    path.write_text(text, encoding="utf-8")
    there = convert_file(path, "v2", write=True)
    assert not there.error
    assert "ocr_text" not in path.read_text(encoding="utf-8")
    convert_file(path, "v1", write=True)
    with path.open("rb") as new, io.BytesIO(text.encode()) as old:
        assert list(Reader(new)) == list(Reader(old))
    assert path.read_text(encoding="utf-8").count("\n") == text.count("\n")
    if there.backup is not None:
        assert there.backup.read_text(encoding="utf-8") == text


def test_a_broken_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_text(json.dumps([V1, V1])[:-5])
    before = path.read_bytes()
    result = convert_file(path, "v2", write=True)
    assert "cannot be converted" in result.error
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["saved.json"]


def test_a_file_without_old_data_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_text('{"a":   1}')
    result = convert_file(path, "v2", write=True)
    assert (result.changed, result.backup, result.error) == ({}, None, "")
    assert path.read_text() == '{"a":   1}'


def test_a_large_array_is_read_piece_by_piece() -> None:
    class Endless(io.RawIOBase):
        """Says how far it was read."""

        read_so_far = 0

        def read(self, size: int = -1, /) -> bytes:
            self.read_so_far += size
            return (
                b"[" + b'{"ocr_text": "x"},' * (size // 18) if self.read_so_far == size else b'{"a": 1},' * 10
            )

    file = Endless()
    first = next(iter(Reader(file)))  # type: ignore[arg-type]  # all that is read from it is bytes
    assert first == {"ocr_text": "x"}
    assert file.read_so_far < 1_000_000


def test_text_that_utf_8_cannot_hold_stays_escaped(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_text('[{"ocr_text": "\\ud83d", "filename": "a"}]')
    assert not convert_file(path, "v2", write=True).error
    assert "\\ud83d" in path.read_text()


# --- pickles


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_documents_of_the_old_sdk_become_json(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "documents.pkl"
    old = [Document.from_dict(V1), Document.from_dict(V1)]
    path.write_bytes(pickle.dumps(old, protocol))
    result = convert_file(path, "v2", write=True)
    assert not result.error
    assert result.output == tmp_path / "documents.json"
    first, second = json.loads(result.output.read_text(encoding="utf-8"))
    assert first == second
    assert first["extracted_text"] == "Grüße"
    assert path.exists()


def test_pickled_times_and_sets_become_json() -> None:
    created = dt.datetime(2024, 1, 2, tzinfo=dt.UTC)
    data = pickle.dumps({"ocr_text": "x", "created_at": created, "tags": {"b", "a"}})
    (value,) = read_pickles(io.BytesIO(data))
    assert value == {"ocr_text": "x", "created_at": "2024-01-02T00:00:00Z", "tags": ["a", "b"]}


def test_pickled_plain_objects_of_the_old_package_become_json() -> None:
    # What pickle writes with protocol 2 for an object of a plain class ablage_client.models.Document.
    data = (
        b"\x80\x02cablage_client.models\nDocument\n)\x81}("
        b"X\x08\x00\x00\x00ocr_textX\x02\x00\x00\x00hiX\x08\x00\x00\x00_sessionNub."
    )
    assert list(read_pickles(io.BytesIO(data))) == [{"ocr_text": "hi"}]


@pytest.mark.parametrize(
    "data",
    [
        b"cos\nsystem\n(S'echo hacked'\ntR.",
        b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.",
        b"\x80\x04\x8c\x15ablage_client.migrate\x8c\x04os.x\x93.",
    ],
    ids=["system", "eval", "dotted"],
)
def test_a_pickle_that_wants_to_run_something_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no stored document needs"):
        list(read_pickles(io.BytesIO(data)))


def test_a_damaged_pickle_is_an_error() -> None:
    with pytest.raises(ValueError, match="damaged"):
        list(read_pickles(io.BytesIO(pickle.dumps([V1])[:-3])))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'[{"ocr_text": "a"},\n{"ocr_text":]', "not JSON, in line 2: expecting value"),
        (b'{"ocr_text": "a"}\n\n{"ocr_text": "b"}\nnothing\n', "not JSON, in line 4: expecting value"),
        (b"\n\n[1 2]", "not JSON, in line 3: expected ',' or ']'"),
        (b"[1]\n2", "not JSON, in line 2: there is something after the end of the array"),
        (b'{"ocr_text": "a", "metadata": {"x": NaN}}', "NaN has no place in JSON"),
        (b'{"ocr_text": "a", "metadata": {"x": 1e400}}', "a number is too large for JSON"),
        (b"\xff\xfe{", "neither JSON in UTF-8 nor a pickle"),
        (b'{"ocr_text":' + b"[" * 200_000, "it is nested too deeply"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "saved.json"
    path.write_bytes(content)
    assert problem in convert_file(path, "v2", write=True).error
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_conversion_that_is_stopped_leaves_everything_as_it_was(
    tmp_path: Path, number: signal.Signals
) -> None:
    path = tmp_path / "saved.jsonl"
    content = (json.dumps(V1) + "\n").encode() * 50_000
    path.write_bytes(content)
    command = [str(Path(sys.executable).with_name("ablage-migrate")), "data", str(path), "--write"]
    # As in the background of a shell, which leaves signals ignored.
    deaf = ["sh", "-c", "trap '' INT TERM; exec \"$@\"", "sh"]
    process = subprocess.Popen([*deaf, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + patient(30)
    while not any(half.stat().st_size for half in tmp_path.glob(".*.tmp")):  # until it is writing
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=patient(30))
    assert process.returncode == 128 + number
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == content
