"""Downloads: to memory, file objects and paths; resumed and verified."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest

from ablage_sdk import APIConnectionError, ConfigurationError, DownloadIntegrityError
from tests.sdk.conftest import DOCUMENT, V2, Reply, problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ablage_sdk import AsyncAblageSDK
    from tests.sdk.conftest import Seen, Wire

ID = str(DOCUMENT["id"])
CONTENT = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


async def test_the_same_bytes_come_out_each_way(
    client: AsyncAblageSDK, invoice: Path, tmp_path: Path
) -> None:
    document = await client.documents.upload(invoice, filename="../../böse.pdf")
    content, memory = invoice.read_bytes(), io.BytesIO()
    seen: list[tuple[int, int | None]] = []
    assert await client.documents.download(document.id) == content
    assert await client.documents.download(document.id, memory) == len(content)
    assert memory.getvalue() == content
    path = await client.documents.download(
        document.id, tmp_path / "a.pdf", progress=lambda done, total: seen.append((done, total))
    )
    assert path.read_bytes() == content
    assert seen[-1] == (len(content), len(content))
    into_directory = await client.documents.download(document.id, tmp_path)
    assert into_directory == tmp_path / "böse.pdf"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.pdf", "böse.pdf"]
    async with client.documents.stream(document.id) as download:
        assert download.size == len(content)
        assert download.content_type == "application/pdf"
        assert b"".join([chunk async for chunk in download]) == content


class FileServer:
    """Serves one file, with ranges, and breaks off where it is told to."""

    def __init__(self, content: bytes, *, breaks: list[int], etag: str = '"v1"') -> None:
        self.content, self.breaks, self.etag = content, breaks, etag
        self.starts: list[int] = []

    def __call__(self, seen: Seen) -> Reply:
        if not seen.path.endswith("/download"):
            return Reply(body={**DOCUMENT, "sha256": DIGEST, "size": len(CONTENT)})
        start = 0
        if "range" in seen.headers and seen.headers["if-range"] == self.etag:
            start = int(seen.headers["range"].removeprefix("bytes=").removesuffix("-"))
        self.starts.append(start)
        headers = {**V2, "etag": self.etag, "content-length": str(len(self.content) - start)}
        if start:
            headers["content-range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        end = self.breaks.pop(0) if self.breaks else None
        return Reply(206 if start else 200, self.content[start:end], headers, breaks=end is not None)


async def test_a_broken_download_goes_on_where_it_broke(wire: Wire, tmp_path: Path) -> None:
    files = FileServer(CONTENT, breaks=[300_000, 700_000])
    wire.answers(files)
    path = await wire.client().documents.download(ID, tmp_path / "a.bin")
    assert path.read_bytes() == CONTENT
    assert files.starts == [0, 300_000, 700_000]


async def test_the_next_call_goes_on_with_what_is_there(wire: Wire, tmp_path: Path) -> None:
    files = FileServer(CONTENT, breaks=[400_000])
    wire.answers(files)
    with pytest.raises(APIConnectionError):
        await wire.client(max_retries=0).documents.download(ID, tmp_path / "a.bin")
    assert not (tmp_path / "a.bin").exists()
    path = await wire.client().documents.download(ID, tmp_path / "a.bin")
    assert path.read_bytes() == CONTENT
    assert files.starts == [0, 400_000]
    assert [each.name for each in tmp_path.iterdir()] == ["a.bin"]


async def test_what_is_there_is_dropped_when_the_file_changed(wire: Wire, tmp_path: Path) -> None:
    wire.answers(FileServer(b"x" * len(CONTENT), breaks=[400_000], etag='"v0"'))
    with pytest.raises(APIConnectionError):
        await wire.client(max_retries=0).documents.download(ID, tmp_path / "a.bin")
    files = FileServer(CONTENT, breaks=[], etag='"v1"')
    wire.answers(files)
    path = await wire.client().documents.download(ID, tmp_path / "a.bin")
    assert path.read_bytes() == CONTENT
    assert files.starts == [0]


async def test_a_file_that_changes_meanwhile_is_not_patched_together(wire: Wire, tmp_path: Path) -> None:
    old, new = FileServer(b"x" * 900_000, breaks=[400_000], etag='"v0"'), FileServer(CONTENT, breaks=[])
    wire.answers(old, new)
    with pytest.raises(DownloadIntegrityError, match="changed while"):
        await wire.client().documents.download(ID, tmp_path / "a.bin")


@pytest.mark.parametrize("to", [lambda _: None, lambda folder: folder / "a.bin"])
async def test_wrong_bytes_are_never_handed_out(
    wire: Wire, tmp_path: Path, to: Callable[[Path], Any]
) -> None:
    wire.answers(FileServer(b"x" * len(CONTENT), breaks=[]))
    with pytest.raises(DownloadIntegrityError, match="checksum"):
        await wire.client().documents.download(ID, to(tmp_path))
    assert list(tmp_path.iterdir()) == []
    await wire.client().documents.download(ID, to(tmp_path), verify=False)


async def test_an_unwritable_place_is_named(wire: Wire, tmp_path: Path) -> None:
    wire.answers(FileServer(CONTENT, breaks=[]))
    with pytest.raises(ConfigurationError, match=r"cannot write to .*absent"):
        await wire.client().documents.download(ID, tmp_path / "absent" / "a.bin")


async def test_a_failed_download_leaves_no_file(wire: Wire, tmp_path: Path) -> None:
    wire.answers(problem(404, "DOC_NOT_FOUND"))
    with pytest.raises(Exception, match="DOC_NOT_FOUND"):
        await wire.client().documents.download(ID, tmp_path / "a.bin")
    assert list(tmp_path.iterdir()) == []
