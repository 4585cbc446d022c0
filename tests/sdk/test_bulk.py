"""Many documents at a time."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from ablage_sdk import ConfigurationError, UnsupportedMediaTypeError
from tests.sdk.conftest import DOCUMENT, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ablage_sdk import AsyncAblageSDK
    from tests.sdk.conftest import Seen, Wire


@pytest.fixture
def folder(invoice: Path, tmp_path: Path) -> list[Path]:
    """Six files, the third of which is no document."""
    files = [tmp_path / f"{number}.pdf" for number in range(6)]
    for file in files:
        file.write_bytes(invoice.read_bytes() + b"\n% " + uuid.uuid4().hex.encode())
    files[2].write_text("not a document")
    return files


async def test_files_go_in_several_at_a_time_and_failures_are_values(
    client: AsyncAblageSDK, folder: list[Path]
) -> None:
    absent = folder[0].with_name("absent.pdf")
    outcomes = [
        each async for each in client.documents.upload_many([*folder, absent], concurrency=3, ordered=True)
    ]
    assert [each.item for each in outcomes] == [*folder, absent]
    assert [each.ok for each in outcomes] == [True, True, False, True, True, True, False]
    assert isinstance(outcomes[2].error, UnsupportedMediaTypeError)
    assert isinstance(outcomes[6].error, ConfigurationError)
    with pytest.raises(UnsupportedMediaTypeError):
        outcomes[2].unwrap()
    ids = [each.unwrap().id for each in outcomes if each.ok]
    waited = {each.item async for each in client.documents.wait_many(ids) if each.ok}
    assert waited == set(ids)


async def test_a_second_run_sends_only_what_is_missing(client: AsyncAblageSDK, folder: list[Path]) -> None:
    manifest = folder[0].with_name("manifest.jsonl")
    first = {each.item: each async for each in client.documents.upload_many(folder[:4], manifest=manifest)}
    with manifest.open("a") as file:
        file.write('{"file": "half a li')  # killed while writing
    folder[1].write_bytes(folder[1].read_bytes() + b" changed")
    second = {each.item: each async for each in client.documents.upload_many(folder, manifest=manifest)}
    assert second[folder[0]].unwrap().id == first[folder[0]].unwrap().id
    assert second[folder[3]].unwrap().id == first[folder[3]].unwrap().id
    assert second[folder[1]].unwrap().id != first[folder[1]].unwrap().id
    assert not second[folder[2]].ok
    assert second[folder[5]].ok


async def test_a_run_killed_between_sending_and_noting_makes_no_second_document(
    client: AsyncAblageSDK, folder: list[Path]
) -> None:
    manifest = folder[0].with_name("manifest.jsonl")
    first = [each.unwrap().id async for each in client.documents.upload_many(folder[:1], manifest=manifest)]
    begun = manifest.read_text().splitlines()[:1]
    manifest.write_text("\n".join(begun) + "\n")
    second = [each.unwrap().id async for each in client.documents.upload_many(folder[:1], manifest=manifest)]
    assert first == second


async def test_files_come_out_under_names_that_do_not_collide(
    client: AsyncAblageSDK, invoice: Path, tmp_path: Path
) -> None:
    ids = [(await client.documents.upload(invoice)).id for _ in range(3)]
    paths = [each.unwrap() async for each in client.documents.download_many(ids, tmp_path, ordered=True)]
    assert [path.name for path in paths] == [f"invoice-{each}.pdf" for each in ids]
    assert {path.read_bytes() for path in paths} == {invoice.read_bytes()}
    paths[0].write_bytes(b"damaged")
    again = [each.unwrap() async for each in client.documents.download_many([*ids, "x"][:3], tmp_path)]
    assert {path.read_bytes() for path in again} == {invoice.read_bytes()}
    failed = [each async for each in client.documents.download_many([str(uuid.uuid4())], tmp_path)]
    assert [each.ok for each in failed] == [False]


async def test_no_more_than_asked_for_run_at_once_and_files_are_taken_as_needed(
    wire: Wire, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    taken: list[int] = []

    def answer(_: Seen) -> Reply:
        return Reply(201, dict(DOCUMENT))

    def files() -> Iterator[Path]:
        for number in range(100):
            taken.append(number)
            yield tmp_path / "a.pdf"

    wire.answers(answer)
    client = wire.client()
    async for _ in client.documents.upload_many(files(), concurrency=2):
        break
    assert len(taken) <= 4
    with pytest.raises(ConfigurationError, match="concurrency"):
        async for _ in client.documents.upload_many([], concurrency=0):
            pass
