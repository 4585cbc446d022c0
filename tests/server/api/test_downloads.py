"""Downloads: the whole file, and parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


@pytest.fixture(scope="module")
def stored(http: httpx.Client, make_pdf: Callable[[str], bytes]) -> tuple[str, bytes]:
    """A document and its bytes."""
    data = make_pdf("Zum Herunterladen")
    answer = http.post("/api/v2/documents", files={"file": ('Über "uns".pdf', data)})
    return answer.json()["id"], data


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_bytes_come_back(http: httpx.Client, stored: tuple[str, bytes], version: str) -> None:
    document_id, data = stored
    answer = http.get(f"/api/{version}/documents/{document_id}/download")
    assert answer.status_code == 200
    assert answer.content == data
    assert answer.headers["Content-Length"] == str(len(data))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "filename*=UTF-8''%C3%9Cber%20" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-7", -7, None),
                                 ("bytes=5-999999999", 5, None)]
)  # fmt: skip
def test_a_range_is_answered_with_that_part(
    http: httpx.Client, stored: tuple[str, bytes], asked: str, start: int, stop: int | None
) -> None:
    document_id, data = stored
    answer = http.get(f"/api/v2/documents/{document_id}/download", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == data[start:stop]
    first = start if start >= 0 else len(data) + start
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(data)}"


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_outside_of_the_file_is_refused(
    http: httpx.Client, stored: tuple[str, bytes], asked: str
) -> None:
    document_id, data = stored
    answer = http.get(f"/api/v2/documents/{document_id}/download", headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(data)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "lines=1-2", "bytes=9-3", "bytes=-"])
def test_what_is_no_single_range_gets_everything(
    http: httpx.Client, stored: tuple[str, bytes], asked: str
) -> None:
    document_id, data = stored
    answer = http.get(f"/api/v2/documents/{document_id}/download", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, data)


def test_the_etag_makes_a_download_conditional(http: httpx.Client, stored: tuple[str, bytes]) -> None:
    document_id, data = stored
    path = f"/api/v2/documents/{document_id}/download"
    etag = http.get(path).headers["ETag"]
    assert http.get(path, headers={"If-None-Match": etag}).status_code == 304
    matching = http.get(path, headers={"Range": "bytes=0-3", "If-Range": etag})
    assert (matching.status_code, matching.content) == (206, data[:4])
    other = http.get(path, headers={"Range": "bytes=0-3", "If-Range": '"other"'})
    assert (other.status_code, other.content) == (200, data)


def test_head_tells_the_size_without_the_bytes(http: httpx.Client, stored: tuple[str, bytes]) -> None:
    document_id, data = stored
    answer = http.head(f"/api/v2/documents/{document_id}/download")
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(data))
    assert answer.content == b""


def test_the_etag_survives_a_change_of_the_tags(http: httpx.Client, upload: Any) -> None:
    document_id = upload("x")["id"]
    path = f"/api/v2/documents/{document_id}/download"
    before = http.get(path).headers["ETag"]
    http.patch(f"/api/v2/documents/{document_id}", json={"tags": ["a"]})
    assert http.get(path).headers["ETag"] == before
