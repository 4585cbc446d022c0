"""One account's archive as API v1 and API v2 show it, read over HTTP and compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from ablage_sdk import formats
from ablage_sdk.formats import only_v1, same

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

T = TypeVar("T")
Json = dict[str, Any]

#: What v1 and v2 say in the same words.
SHARED = (
    "id", "filename", "status", "user_id", "size", "mime_type", "document_type", "language", "ocr_backend",
    "tags", "metadata", "created_at", "updated_at", "completed_at",
)  # fmt: skip
#: Pages of any size that a walk through a few things needs; more means that it goes in circles.
MAX_PAGES = 500


def read(client: httpx.Client, path: str, **params: object) -> Json:
    """Return what a GET answers with 200."""
    answer = client.get(path, params={name: str(value) for name, value in params.items()})
    assert answer.status_code == 200, (path, params, answer.status_code, answer.text)
    body: Json = answer.json()
    return body


def walk(client: httpx.Client, path: str, *, limit: int, **params: object) -> list[Json]:
    """Follow the cursors of a v2 list to its end."""
    found: list[Json] = []
    cursor: dict[str, str] = {}
    for _ in range(MAX_PAGES):
        page = read(client, f"/api/v2{path}", limit=limit, **params, **cursor)
        assert page.keys() == {"items", "next_cursor", "has_more"}
        found += page["items"]
        assert page["has_more"] is (page["next_cursor"] is not None)
        if not page["has_more"]:
            assert len({item["id"] for item in found}) == len(found), "a cursor repeated a row"
            return found
        assert len(page["items"]) == limit, "a page in the middle is not full"
        cursor = {"cursor": page["next_cursor"]}
    raise AssertionError(f"The cursors of {path} do not end.")


def leaf(client: httpx.Client, path: str, *, size: int, way: str, **params: object) -> list[Json]:
    """Leaf through a v1 list to its end.

    Args:
        client: Who reads.
        path: The list.
        size: Rows of a page.
        way: The names of the parameters, such as ``page page_size`` or ``offset limit``.
        **params: Filters.
    """
    start_name, size_name = way.split()
    found: list[Json] = []
    total = 1
    for number in range(MAX_PAGES):
        start = number + 1 if start_name == "page" else number * size
        page = read(client, f"/api/v1{path}", **{start_name: start, size_name: size}, **params)
        assert page.keys() == {"items", "total", "page", "page_size", "total_pages"}
        assert (page["page"], page["page_size"]) == (number + 1, size)
        total = page["total"]
        assert page["total_pages"] == -(-total // size)
        found += page["items"]
        if len(found) >= total or not page["items"]:
            assert len(found) == total, f"v1 counts {total} rows and shows {len(found)}"
            assert len({item["id"] for item in found}) == total, "a page repeated a row"
            return found
    raise AssertionError(f"The pages of {path} do not end.")


def ids(rows: list[Json]) -> list[str]:
    """Return the ids of rows."""
    return [row["id"] for row in rows]


@dataclass(frozen=True)
class Views:
    """What both versions show of one document, each of its own accord."""

    new: Json
    old: Json
    texts: dict[str, str] = field(repr=False)
    etag: str = ""

    def check(self) -> None:
        """Compare the two, through the conversion that promises to lose nothing."""
        new, old = self.new, self.old
        converted = formats.documents.down(new)
        assert same(only_v1(converted), old), (only_v1(converted), old)
        assert same(formats.documents.up(converted), new)
        back = formats.documents.up(old)
        assert same(formats.documents.down(back), old)
        assert {key: back[key] for key in SHARED} == {key: new[key] for key in SHARED}
        if new["status"] == "completed":
            assert back["extracted_text"] == new["extracted_text"]
            assert back["confidence_score"] == new["confidence_score"]
        else:
            assert back["extracted_text"] is back["confidence_score"] is back["ocr_result"] is None
        assert (back["error"] is None) == (new["error"] is None)
        assert set(self.texts.values()) == {new["extracted_text"] or ""}, self.texts


def look(client: httpx.Client, document_id: str) -> Views:
    """Read a document every way there is."""
    answer = client.get(f"/api/v2/documents/{document_id}")
    assert answer.status_code == 200, answer.text
    texts = {
        path: read(client, f"/api/{path}".replace("ID", document_id))["text"]
        for path in (
            "v1/documents/ID/ocr-text", "v1/documents/ID/extracted-text", "v2/documents/ID/extracted-text",
        )
    }  # fmt: skip
    return Views(
        answer.json(), read(client, f"/api/v1/documents/{document_id}"), texts, answer.headers["ETag"]
    )


def undisturbed(client: httpx.Client, reading: Callable[[], T]) -> tuple[dict[str, Json], T]:
    """Read something while no document changes, for recognition goes on beside the reader.

    Returns:
        The documents as v2 lists them, and what was read.
    """
    while True:
        before = listed(client)
        found: T | AssertionError
        try:
            found = reading()
        except AssertionError as error:  # a row that leaves a list between two pages confuses the count
            found = error
        if before == listed(client):
            if isinstance(found, AssertionError):
                raise found
            return before, found


def listed(client: httpx.Client) -> dict[str, Json]:
    """Return all documents in one answer, each with a time of change that is new after every change."""
    return {item["id"]: item for item in read(client, "/api/v2/documents", limit=200)["items"]}
